//! The projections as admins see and steer them. Every step is one write of a projection's record, from what it was.

use application::ports::{
    Environment, Generation, Generations, Journal, Projection, ProjectionState, Projections, Rebuild,
    RebuildError, RebuildRequest, RebuildStatus, Scope, SegmentedStore, StoreError,
};
use uuid::Uuid;

use super::{
    Monitor, Task, Tasks, Worker,
    job::{self, Job, Phase},
    model::ReadModel,
};
use crate::{
    generations::{ControlTable, record},
    parking::ParkingLot,
    summary::Written,
};

/// The administration over what a worker works at.
#[derive(Clone, Debug)]
pub struct Administration<S, J, C, A, H, Q, E, P> {
    pub(super) worker: Worker<S, J, C, A, H, Q, E>,
    monitor: Monitor<S, J, C, A, H, P>,
}

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
    /// The administration over what this worker works at and this monitor looks at.
    pub fn new(worker: Worker<S, J, C, A, H, Q, E>, monitor: Monitor<S, J, C, A, H, P>) -> Self {
        Self { worker, monitor }
    }

    async fn send_all(&self, projection: Projection, job: &Job) -> Result<(), StoreError> {
        let task = |segment| Task { projection, rebuild: job.id, segment };
        let tasks: Vec<Task> = (0..job.segments_of_phase()).map(task).collect();
        self.worker.tasks.send(&tasks).await.map_err(|error| StoreError::Unavailable(error.into()))
    }

    async fn found(&self, projection: Projection, id: Uuid) -> Result<Job, RebuildError> {
        let found = job::job(&self.worker.table, projection, id).await.map_err(StoreError::from)?;
        found.ok_or(RebuildError::NotFound)
    }

    async fn show(&self, projection: Projection, job: Job) -> Result<Rebuild, RebuildError> {
        Ok(job::rebuild(&self.worker.table, projection, job).await.map_err(StoreError::from)?)
    }
}

impl<S, J, C, A, H, Q, E, P> Projections for Administration<S, J, C, A, H, Q, E, P>
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
    async fn states(&self) -> Result<Vec<ProjectionState>, StoreError> {
        let states = self.monitor.states().await?.into_iter();
        Ok(states.map(|(_, state)| state).collect::<Result<_, _>>()?)
    }

    async fn start(&self, projection: Projection, request: &RebuildRequest) -> Result<Rebuild, RebuildError> {
        if !self.worker.models.has(projection) {
            return Err(RebuildError::NotRebuildable(projection));
        }
        let job = self.begin(projection, request).await?;
        if job.is_running() {
            self.send_all(projection, &job).await?;
        }
        self.show(projection, job).await
    }

    async fn rebuild(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let job = self.found(projection, id).await?;
        self.show(projection, job).await
    }

    async fn cancel(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let table = &self.worker.table;
        loop {
            let (mut now, revision) = record(table, projection).await.map_err(StoreError::from)?;
            let Some(mut job) = now.running().filter(|job| job.id == id).cloned() else {
                let job = self.found(projection, id).await?;
                // The same however often it is asked for.
                let is_cancelled = job.status == RebuildStatus::Cancelled;
                return if is_cancelled { self.show(projection, job).await } else { Err(RebuildError::Over) };
            };
            if job.status == RebuildStatus::Running {
                match (job.phase, job.scope, job.generation) {
                    (Phase::Switch | Phase::Discard, ..) => return Err(RebuildError::Over),
                    (_, Scope::All { .. } | Scope::Until { .. }, Some(generation)) => {
                        now.retire(generation);
                        (job.phase, job.status) = (Phase::Discard, RebuildStatus::Cancelling);
                    }
                    _ => {
                        job.status = RebuildStatus::Cancelled;
                        job.ended_at = Some(self.worker.environment.now());
                    }
                }
                now.rebuild = Some(job.clone());
                if now.put(table, projection, revision).await.map_err(StoreError::from)? == Written::Lost {
                    continue;
                }
            }
            if job.is_running() {
                self.send_all(projection, &job).await?;
            }
            return self.show(projection, job).await;
        }
    }

    async fn resume(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let job = self.found(projection, id).await?;
        if !job.is_running() {
            return Err(RebuildError::Over);
        }
        self.send_all(projection, &job).await?;
        self.show(projection, job).await
    }

    async fn read(
        &self,
        projection: Projection,
        generation: Generation,
    ) -> Result<Generations, RebuildError> {
        if !self.worker.models.has(projection) {
            return Err(RebuildError::NotRebuildable(projection));
        }
        let table = &self.worker.table;
        loop {
            let (mut now, revision) = record(table, projection).await.map_err(StoreError::from)?;
            if !now.generations.written.contains(&generation) {
                return Err(RebuildError::GenerationNotFound);
            }
            // Whoever leads queries elsewhere just now must not be crossed; a rebuild's own generation is not whole.
            let is_busy = |job: &&Job| job.phase == Phase::Switch || job.generation == Some(generation);
            if let Some(job) = now.running().filter(is_busy) {
                return Err(RebuildError::Running(job.id));
            }
            // First queries, then the record: what it does not say is read is written first, so never behind.
            self.worker.publish(projection, generation).await.map_err(StoreError::from)?;
            if now.generations.read != generation {
                now.read(generation, self.worker.environment.now());
                if now.put(table, projection, revision).await.map_err(StoreError::from)? == Written::Lost {
                    self.worker.publish_read(projection).await.map_err(StoreError::from)?;
                    continue;
                }
            }
            return Ok(now.generations);
        }
    }
}
