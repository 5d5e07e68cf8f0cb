//! How far a read model is behind the journal: the newest commits are looked for in the read model itself, so it costs
//! the projectors nothing and cannot be wrong about what is there.

use std::collections::BTreeSet;

use application::{
    Commit,
    journal::{FIRST_POSITION, Position, commits},
    ports::{Environment, Generation, Journal, Lag, Projection, SegmentedStore},
};
use domain::{AccountId, Timestamp};

use super::{
    Tasks, Worker,
    model::{ReadModel, of_projection},
};
use crate::{ProjectionError, generations::ControlTable};

/// How many commits are looked at before what is found is called "at least".
pub const LAG_COMMITS_MAX: u64 = 2_000;

/// How many are looked at, at a time: mostly all are there, and no others are looked at.
const WINDOW: u64 = 200;

/// How many blocks are read at a time.
const BLOCKS: usize = 50;

/// A commit with the time at which it was given its position.
struct Placed {
    commit: Commit,
    journaled_at: Timestamp,
}

impl<S, J, C, A, H, Q, E> Worker<S, J, C, A, H, Q, E>
where
    S: SegmentedStore,
    J: Journal,
    C: ControlTable,
    A: ReadModel,
    H: ReadModel,
    Q: Tasks,
    E: Environment,
{
    /// What a generation lacks of the journal before `end`, but for accounts that its projection has stopped at.
    pub(super) async fn lag(
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
            for block in blocks.iter().filter(|block| block.first < until) {
                let commits = commits(&self.store, block).await.map_err(ProjectionError::Events)?;
                let wanted = (block.first..).zip(commits).filter(|(one, _)| (next..until).contains(one));
                let journaled_at = block.journaled_at;
                placed.extend(wanted.map(|(_, commit)| Placed { commit, journaled_at }));
            }
            next = end;
        }
        Ok(placed)
    }
}
