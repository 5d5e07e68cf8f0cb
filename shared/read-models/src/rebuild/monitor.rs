//! How the projections stand: how far each is behind the journal, and where it has stopped.
//!
//! The newest commits are looked for in the read models themselves, so the projectors have nothing to write down, and
//! what is said to be there is there.

use std::collections::BTreeSet;

use application::{
    Commit,
    journal::{FIRST_POSITION, Position, commits},
    ports::{
        EventStore, Generation, Journal, Lag, Parked, ParkedCount, Projection, ProjectionState, StoreError,
    },
};
use domain::{AccountId, Timestamp};

use super::{
    job,
    model::{Models, ReadModel, of_projection},
};
use crate::{
    ProjectionError,
    generations::{ControlTable, Record, record},
    parking::ParkingLot,
};

/// How many commits are looked at before what is found is called "at least".
pub const LAG_COMMITS_MAX: u64 = 2_000;

/// How many are looked at, at a time: mostly all are there, and no others are looked at.
const WINDOW: u64 = 200;

/// How many blocks are read at a time.
const BLOCKS: usize = 50;

/// How many parked accounts are counted.
const PARKED_MAX: usize = 1_000;

/// A look at the projections, over the events, the journal, and the read models.
#[derive(Clone, Debug)]
pub struct Monitor<S, J, C, A, H, P> {
    /// The events.
    pub store: S,
    /// Their order.
    pub journal: J,
    /// Which generations there are, and which rebuilds.
    pub table: C,
    /// What is looked at.
    pub models: Models<A, H>,
    /// The accounts that projections have stopped at.
    pub parking: P,
}

/// A commit with the time at which it was given its position.
struct Placed {
    commit: Commit,
    journaled_at: Timestamp,
}

impl<S, J, C, A, H, P> Monitor<S, J, C, A, H, P>
where
    S: EventStore,
    J: Journal,
    C: ControlTable,
    A: ReadModel,
    H: ReadModel,
    P: ParkingLot,
{
    /// How each projection of this deployment stands, in their order, or why nobody can say.
    ///
    /// # Errors
    /// [`StoreError`] if the journal cannot be read, by which all of them are measured.
    pub async fn states(
        &self,
    ) -> Result<Vec<(Projection, Result<ProjectionState, ProjectionError>)>, StoreError> {
        let next = self.journal.next_position().await?;
        let mut states = Vec::with_capacity(Projection::ALL.len());
        for projection in self.models.projections() {
            states.push((projection, self.state(projection, next).await));
        }
        Ok(states)
    }

    async fn state(
        &self,
        projection: Projection,
        next: Position,
    ) -> Result<ProjectionState, ProjectionError> {
        let table = &self.table;
        let parked = self.parking.page(Some(projection), None, PARKED_MAX).await?;
        let (lag, generations, rebuild) = if self.models.has(projection) {
            let accounts: BTreeSet<_> = parked.iter().map(|parked| parked.account_id.clone()).collect();
            let (Record { generations, rebuild, .. }, _) = record(table, projection).await?;
            let lag = self.lag(projection, generations.read, next, &accounts).await?;
            let rebuild = match rebuild {
                Some(job) => Some(job::rebuild(table, projection, job).await?),
                None => None,
            };
            (lag, Some(generations), rebuild)
        } else {
            (self.journal_lag(next).await.map_err(ProjectionError::Events)?, None, None)
        };
        let position = next.saturating_sub(1);
        Ok(ProjectionState { projection, position, lag, parked: count(&parked), generations, rebuild })
    }

    /// What the journal has and the queues have not.
    async fn journal_lag(&self, next: Position) -> Result<Lag, StoreError> {
        let handed_on = self.journal.handed_on().await?;
        let commits = next.saturating_sub(handed_on);
        let first = if commits > 0 { self.journal.blocks(handed_on, 1).await?.pop() } else { None };
        Ok(Lag { commits, is_at_least: false, since: first.map(|block| block.journaled_at) })
    }

    /// What a generation lacks of the journal before `end`, but for accounts that its projection has stopped at.
    async fn lag(
        &self,
        projection: Projection,
        generation: Generation,
        end: Position,
        parked: &BTreeSet<AccountId>,
    ) -> Result<Lag, ProjectionError> {
        let (mut lag, mut until) = (Lag::default(), end);
        while until > FIRST_POSITION && end.saturating_sub(until) < LAG_COMMITS_MAX {
            let from = until.saturating_sub(WINDOW).max(FIRST_POSITION);
            let mut placed = self.placed(from, until).await?;
            let is_parked = |id: AccountId| parked.contains(&id);
            placed.retain(|one| !one.commit.stream.account_id().is_some_and(is_parked));
            let commits: Vec<Commit> = placed.iter().map(|one| one.commit.clone()).collect();
            let lacking =
                of_projection!(self.models, projection, model => model.lacks(generation, &commits))?;
            lag.commits = lag.commits.saturating_add(u64::try_from(lacking.len()).unwrap_or(u64::MAX));
            lag.since = lacking
                .first()
                .and_then(|place| placed.get(*place))
                .map(|one| one.journaled_at)
                .or(lag.since);
            lag.is_at_least = !lacking.is_empty() && from > FIRST_POSITION;
            if lacking.is_empty() {
                break;
            }
            until = from;
        }
        Ok(lag)
    }

    /// The commits of these positions.
    async fn placed(&self, from: Position, until: Position) -> Result<Vec<Placed>, ProjectionError> {
        let (mut next, mut placed) = (from, Vec::new());
        while next < until {
            let blocks = self.journal.blocks(next, BLOCKS).await.map_err(ProjectionError::Events)?;
            let Some(last) = blocks.last() else { break };
            let end = last.end();
            for block in blocks.into_iter().filter(|block| block.first < until) {
                let block = block.part(&(next..until));
                let commits = commits(&self.store, &block).await.map_err(ProjectionError::Events)?;
                let journaled_at = block.journaled_at;
                placed.extend(commits.into_iter().map(|commit| Placed { commit, journaled_at }));
            }
            next = end;
        }
        Ok(placed)
    }
}

fn count(parked: &[Parked]) -> ParkedCount {
    ParkedCount {
        accounts: u64::try_from(parked.len()).unwrap_or(u64::MAX),
        is_at_least: parked.len() == PARKED_MAX,
        oldest: parked.iter().filter_map(|parked| parked.parked_at).min(),
    }
}
