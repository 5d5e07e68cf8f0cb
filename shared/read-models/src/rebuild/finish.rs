//! What follows when all segments of a phase are done: one write of the record, on the condition that the rebuild is
//! still the one that runs and in that phase. Whoever sees it does it.

use application::ports::{
    Environment, Generation, Journal, Projection, RebuildStatus, Scope, SegmentedStore,
};

use super::{
    Task, Tasks, Worker,
    job::{self, Job, Phase, Progress},
    model::{ReadModel, of_projection},
};
use crate::{
    ProjectionError,
    generations::{ControlTable, GenerationCatalog as _, Record, record},
    summary::Written,
};

/// How long what was written last may take to be found by eventually consistent reads and by the index of users.
const SETTLED_SECONDS: i32 = 5;

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
    /// Goes on to what follows on this phase, if all of its segments are done.
    pub(super) async fn finish(&self, projection: Projection, seen: &Job) -> Result<(), ProjectionError> {
        let progress = job::all_progress(&self.table, projection, seen, seen.phase).await?;
        let done = progress.iter().filter(|one| one.is_done).count();
        if u32::try_from(done).unwrap_or(u32::MAX) < seen.segments_of_phase() {
            return Ok(());
        }
        loop {
            let (mut now, revision) = record(&self.table, projection).await?;
            let is_current = |job: &&Job| job.id == seen.id && job.phase == seen.phase;
            let Some(job) = now.running().filter(is_current).cloned() else { return Ok(()) };
            let next = next(job, &progress, &mut now, self.environment.now());
            if next.is_running() {
                let task = Task { projection, rebuild: next.id, segment: 0 };
                // Before it is noted: whoever takes the task too early comes by here again, but nobody would send it.
                self.tasks.send_later(&task, SETTLED_SECONDS).await?;
            }
            now.rebuild = Some(next);
            if now.put(&self.table, projection, revision).await? == Written::Done {
                return Ok(());
            }
        }
    }

    /// Leads queries to a generation.
    pub(super) async fn publish(
        &self,
        projection: Projection,
        generation: Generation,
    ) -> Result<(), ProjectionError> {
        of_projection!(self.models, projection, model => model.publish(generation))
    }

    /// Leads queries to the generation that the record says is read, whoever has led them elsewhere.
    pub(super) async fn publish_read(&self, projection: Projection) -> Result<(), ProjectionError> {
        let read = self.table.generations(projection).await?.read;
        self.publish(projection, read).await
    }
}

/// The rebuild after a phase of it.
fn next(mut job: Job, progress: &[Progress], now: &mut Record, at: domain::Timestamp) -> Job {
    let is_whole = progress.iter().all(|one| one.parked == 0 && one.unreadable == 0);
    match (job.phase, job.scope, job.generation) {
        (Phase::Project, Scope::Until { .. }, _) => job.phase = Phase::Sum,
        // With accounts that end too early somebody has to look first, and may then read it.
        (Phase::Project, Scope::All { switch: true }, _) if is_whole => job.phase = Phase::Switch,
        (phase, _, generation) => {
            if let (Phase::Switch, Some(generation)) = (phase, generation) {
                now.read(generation, at);
            }
            let was_given_up = job.status == RebuildStatus::Cancelling;
            job.status = if was_given_up { RebuildStatus::Cancelled } else { RebuildStatus::Completed };
            job.totals = progress.iter().flat_map(|one| one.totals.values().cloned()).collect();
            job.ended_at = Some(at);
        }
    }
    job
}
