//! How a rebuild begins: planned from what the bank is just then, and written down in one step.

use application::ports::{
    Environment, Generations, Journal, Projection, RebuildError, RebuildRequest, RebuildStatus, Scope,
    SegmentedStore, StoreError,
};
use domain::Timestamp;

use super::{
    Administration, Tasks, Worker,
    job::{self, Job, Phase},
    model::{ReadModel, of_projection},
};
use crate::{
    generations::{ControlTable, LIFETIME_SECONDS, Record, record},
    parking::ParkingLot,
    summary::Written,
};

/// How long ago a time has to be for the bank as of then: nothing is recorded with an earlier one any more, but for what
/// is imported.
const SETTLED_SECONDS: i64 = 60;

/// How long after a switch the generation before it may still be read by a query, with the query's own time.
const LEFT_SECONDS: i64 = LIFETIME_SECONDS + 15;

impl<S, J, C, A, H, Q, E, P> Administration<S, J, C, A, H, Q, E, P>
where
    S: SegmentedStore,
    J: Journal,
    C: ControlTable,
    A: ReadModel,
    H: ReadModel,
    Q: Tasks,
    E: Environment,
    P: ParkingLot,
{
    /// Writes the rebuild down as the one that runs, or finds that it was.
    pub(super) async fn begin(
        &self,
        projection: Projection,
        request: &RebuildRequest,
    ) -> Result<Job, RebuildError> {
        let Worker { table, models, environment, .. } = &self.worker;
        loop {
            let (mut now, revision) = record(table, projection).await.map_err(StoreError::from)?;
            let known = job::known(table, projection, request.id, &now).await.map_err(StoreError::from)?;
            if let Some(job) = known {
                let is_same = job.scope == request.scope && job.segments == request.segments;
                return if is_same { Ok(job) } else { Err(RebuildError::Reused) };
            }
            may_begin(request, &now, environment.now())?;
            if let Some(before) = &now.rebuild {
                job::keep(table, projection, before).await.map_err(StoreError::from)?;
            }
            let job = self.plan(request, &now.generations).await?;
            if let (Scope::All { .. } | Scope::Until { .. }, Some(generation)) = (job.scope, job.generation) {
                let opened = of_projection!(models, projection, model => model.open(generation));
                opened.map_err(StoreError::from)?;
                now.generations.newest = generation;
                if matches!(job.scope, Scope::All { .. }) {
                    now.announce(generation);
                }
            }
            if let Scope::Drop { generation } = job.scope {
                now.retire(generation);
            }
            now.rebuild = Some(job.clone());
            // Lost to somebody else, or to our own first try whose answer was lost: that is found at the top.
            if now.put(table, projection, revision).await.map_err(StoreError::from)? == Written::Done {
                return Ok(job);
            }
        }
    }

    async fn plan(&self, request: &RebuildRequest, generations: &Generations) -> Result<Job, StoreError> {
        let Worker { journal, environment, .. } = &self.worker;
        let next = journal.next_position().await?;
        let new = generations.newest.saturating_add(1);
        let (generation, phase, total) = match request.scope {
            Scope::All { .. } | Scope::Until { .. } => {
                (Some(new), Phase::Project, Some(next.saturating_sub(1)))
            }
            Scope::From { from } => (None, Phase::Project, Some(next.saturating_sub(from))),
            Scope::Drop { generation } => (Some(generation), Phase::Discard, None),
        };
        Ok(Job {
            id: request.id,
            scope: request.scope,
            generation,
            segments: request.segments,
            end: Some(next),
            total,
            status: RebuildStatus::Running,
            phase,
            started_at: environment.now(),
            ended_at: None,
            totals: Vec::new(),
        })
    }
}

/// Whether nothing else runs, and what is asked for can be had.
fn may_begin(request: &RebuildRequest, now: &Record, at: Timestamp) -> Result<(), RebuildError> {
    if let Some(other) = now.running() {
        return Err(RebuildError::Running(other.id));
    }
    match request.scope {
        Scope::Until { until } if until.plus_seconds(SETTLED_SECONDS) > at => Err(RebuildError::NotSettled),
        Scope::Drop { generation } if generation == 0 || generation > now.generations.newest => {
            Err(RebuildError::GenerationNotFound)
        }
        Scope::Drop { generation } if generation == now.generations.read => {
            Err(RebuildError::GenerationInUse)
        }
        Scope::Drop { .. } if now.read_since.is_some_and(|since| since.plus_seconds(LEFT_SECONDS) > at) => {
            Err(RebuildError::GenerationInUse)
        }
        _ => Ok(()),
    }
}
