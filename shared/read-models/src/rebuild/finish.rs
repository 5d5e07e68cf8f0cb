//! What follows when all segments of a phase are done. Whoever sees it does it; all of it may be done again.

use application::ports::{Environment, Journal, Projection, RebuildStatus, Scope, SegmentedStore};
use uuid::Uuid;

use super::{
    Task, Tasks, Worker,
    job::{self, Job, Phase},
    model::{ReadModel, of_projection},
};
use crate::{
    ProjectionError, TableError,
    generations::{ControlTable, Record, record},
    summary::Written,
};

/// How often a record is changed anew after somebody else was quicker.
const ATTEMPTS_MAX: u32 = 10;

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
        let Some((mut job, revision)) = job::job(&self.table, projection, seen.id).await? else {
            return Ok(());
        };
        // Somebody has gone on, or given it up, since.
        if !job.is_running() || job.phase != seen.phase {
            return Ok(());
        }
        if let (Phase::Project, Scope::Until { .. }) = (job.phase, job.scope) {
            job.phase = Phase::Sum;
            // Before the phase is noted: whoever takes the task too early comes by here again, but nobody would send it.
            self.tasks.send(&[Task { projection, rebuild: job.id, segment: 0 }]).await?;
            job::put_job(&self.table, projection, &job, Some(revision)).await?;
            return Ok(());
        }
        if let (Phase::Project, Scope::All { switch: true }, Some(generation)) =
            (job.phase, job.scope, job.generation)
        {
            let record = change(&self.table, projection, |record| {
                // One that takes part no more was given up meanwhile, and must not be read.
                if record.generations.written.contains(&generation) {
                    record.read(generation);
                }
            })
            .await?;
            if record.generations.read == generation {
                of_projection!(self.models, projection, model => model.publish(generation))?;
            }
        }
        job.totals = progress.into_iter().flat_map(|one| one.totals.into_values()).collect();
        job.status = if job.is_cancelled { RebuildStatus::Cancelled } else { RebuildStatus::Completed };
        job.ended_at = Some(self.environment.now());
        if job::put_job(&self.table, projection, &job, Some(revision)).await? == Written::Done {
            release(&self.table, projection, job.id).await?;
        }
        Ok(())
    }
}

/// Lets the next rebuild begin.
pub(super) async fn release<C: ControlTable>(
    table: &C,
    projection: Projection,
    id: Uuid,
) -> Result<(), TableError> {
    change(table, projection, |record| record.running = record.running.filter(|running| *running != id))
        .await?;
    Ok(())
}

/// Changes a projection's record, from what it is just then.
pub(super) async fn change<C: ControlTable>(
    table: &C,
    projection: Projection,
    with: impl Fn(&mut Record),
) -> Result<Record, TableError> {
    for _ in 0..ATTEMPTS_MAX {
        let (mut record, revision) = record(table, projection).await?;
        let before = record.clone();
        with(&mut record);
        if record == before || record.put(table, projection, revision).await? == Written::Done {
            return Ok(record);
        }
    }
    Err(TableError::Throttled)
}
