//! The projections as admins see and steer them.

use application::ports::{
    Environment, Generation, Generations, Journal, Projection, ProjectionState, Projections, Rebuild,
    RebuildError, RebuildRequest, RebuildStatus, Scope, SegmentedStore, StoreError,
};
use uuid::Uuid;

use super::{
    Monitor, Task, Tasks, Worker,
    finish::{change, release},
    job::{self, Job, Phase},
    model::{Models, ReadModel, of_projection},
};
use crate::{
    TableError,
    generations::{ControlTable, Record, record},
    parking::ParkingLot,
    summary::Written,
};

/// The administration over what a worker works at.
#[derive(Clone, Debug)]
pub struct Administration<S, J, C, A, H, Q, E, P> {
    worker: Worker<S, J, C, A, H, Q, E>,
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

    /// The job of a request, from what the bank is just now.
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
            is_cancelled: false,
            started_at: environment.now(),
            ended_at: None,
            totals: Vec::new(),
        })
    }

    /// Writes the rebuild down and then the record that makes it the one that runs.
    async fn begin(&self, projection: Projection, request: &RebuildRequest) -> Result<Job, RebuildError> {
        let Worker { table, models, .. } = &self.worker;
        loop {
            let (mut now, revision) = record(table, projection).await.map_err(StoreError::from)?;
            self.may_begin(projection, request, &now).await?;
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
            now.running = Some(job.id);
            let earlier = job::job(table, projection, job.id).await.map_err(StoreError::from)?;
            let put = job::put_job(table, projection, &job, earlier.map(|(_, revision)| revision));
            let is_written = put.await.map_err(StoreError::from)? == Written::Done
                && now.put(table, projection, revision).await.map_err(StoreError::from)? == Written::Done;
            if is_written {
                return Ok(job);
            }
        }
    }

    /// Whether nothing else runs, and what is to be taken away is there and not in use.
    async fn may_begin(
        &self,
        projection: Projection,
        request: &RebuildRequest,
        now: &Record,
    ) -> Result<(), RebuildError> {
        if let Some(other) = now.running.filter(|running| *running != request.id) {
            let job = job::job(&self.worker.table, projection, other).await.map_err(StoreError::from)?;
            if job.is_some_and(|(job, _)| job.is_running()) {
                return Err(RebuildError::Running(other));
            }
        }
        match request.scope {
            Scope::Drop { generation } if generation == 0 || generation > now.generations.newest => {
                Err(RebuildError::GenerationNotFound)
            }
            Scope::Drop { generation } if generation == now.generations.read => {
                Err(RebuildError::GenerationInUse)
            }
            _ => Ok(()),
        }
    }

    async fn send_all(&self, projection: Projection, job: &Job) -> Result<(), StoreError> {
        let task = |segment| Task { projection, rebuild: job.id, segment };
        let tasks: Vec<Task> = (0..job.segments_of_phase()).map(task).collect();
        self.worker.tasks.send(&tasks).await.map_err(|error| StoreError::Unavailable(error.into()))
    }

    async fn running(&self, projection: Projection, id: Uuid) -> Result<(Job, u64), RebuildError> {
        let found = job::job(&self.worker.table, projection, id).await.map_err(StoreError::from)?;
        let (job, revision) = found.ok_or(RebuildError::NotFound)?;
        if job.is_running() { Ok((job, revision)) } else { Err(RebuildError::Over) }
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
        self.monitor.states().await
    }

    async fn start(&self, projection: Projection, request: &RebuildRequest) -> Result<Rebuild, RebuildError> {
        if !Models::<A, H>::has(projection) {
            return Err(RebuildError::NotRebuildable(projection));
        }
        let table = &self.worker.table;
        let known = job::job(table, projection, request.id).await.map_err(StoreError::from)?;
        let (now, _) = record(table, projection).await.map_err(StoreError::from)?;
        let job = match known {
            Some((job, _)) if job.scope != request.scope => return Err(RebuildError::Reused),
            // It has begun, unless whoever wrote it down came no further.
            Some((job, _)) if !job.is_running() || now.running == Some(job.id) => job,
            _ => self.begin(projection, request).await?,
        };
        if job.is_running() {
            self.send_all(projection, &job).await?;
        }
        self.show(projection, job).await
    }

    async fn rebuild(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let found = job::job(&self.worker.table, projection, id).await.map_err(StoreError::from)?;
        self.show(projection, found.ok_or(RebuildError::NotFound)?.0).await
    }

    async fn cancel(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let (mut job, revision) = self.running(projection, id).await?;
        let (table, store_error) = (&self.worker.table, |error: TableError| StoreError::from(error));
        match (job.scope, job.generation) {
            _ if job.is_cancelled => return self.show(projection, job).await,
            (Scope::All { .. } | Scope::Until { .. }, Some(generation)) => {
                let retire = |record: &mut Record| {
                    if record.generations.read != generation {
                        record.retire(generation);
                    }
                };
                let record = change(table, projection, retire).await.map_err(store_error)?;
                if record.generations.read == generation {
                    return Err(RebuildError::Over);
                }
                (job.phase, job.is_cancelled) = (Phase::Discard, true);
            }
            (Scope::From { .. }, _) => {
                job.status = RebuildStatus::Cancelled;
                job.ended_at = Some(self.worker.environment.now());
            }
            // What is half taken away is of no use to anybody.
            (Scope::All { .. } | Scope::Until { .. } | Scope::Drop { .. }, _) => {
                return Err(RebuildError::Over);
            }
        }
        let put = job::put_job(table, projection, &job, Some(revision)).await.map_err(store_error)?;
        if put == Written::Lost {
            // It has come to its next phase, or its end, at this moment.
            return Err(RebuildError::Store(StoreError::Throttled));
        }
        if job.is_running() {
            self.send_all(projection, &job).await?;
        } else {
            release(table, projection, id).await.map_err(store_error)?;
        }
        self.show(projection, job).await
    }

    async fn resume(&self, projection: Projection, id: Uuid) -> Result<Rebuild, RebuildError> {
        let (job, _) = self.running(projection, id).await?;
        self.send_all(projection, &job).await?;
        self.show(projection, job).await
    }

    async fn read(
        &self,
        projection: Projection,
        generation: Generation,
    ) -> Result<Generations, RebuildError> {
        if !Models::<A, H>::has(projection) {
            return Err(RebuildError::NotRebuildable(projection));
        }
        let table = &self.worker.table;
        let (now, _) = record(table, projection).await.map_err(StoreError::from)?;
        if !now.generations.written.contains(&generation) {
            return Err(RebuildError::GenerationNotFound);
        }
        if let Some(running) = now.running {
            let job = job::job(table, projection, running).await.map_err(StoreError::from)?;
            if job.is_some_and(|(job, _)| job.is_running() && job.generation == Some(generation)) {
                return Err(RebuildError::GenerationInUse);
            }
        }
        let read = |record: &mut Record| {
            if record.generations.written.contains(&generation) {
                record.read(generation);
            }
        };
        let record = change(table, projection, read).await.map_err(StoreError::from)?;
        if record.generations.read != generation {
            return Err(RebuildError::GenerationNotFound);
        }
        let published = of_projection!(self.worker.models, projection, model => model.publish(generation));
        published.map_err(StoreError::from)?;
        Ok(record.generations)
    }
}
