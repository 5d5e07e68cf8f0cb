//! What is written down of a rebuild, as JSON in the control table. The names are stored for good.

use std::collections::BTreeMap;

use application::{
    journal::Position,
    ports::{Generation, Projection, Rebuild, RebuildStatus, Scope, Total},
};
use domain::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    TableError,
    error::unreadable,
    generations::{ControlTable, Entry, Record, record},
    summary::Written,
};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Events are projected.
    Project,
    /// Queries are led to the new generation. From here on there is no giving up.
    Switch,
    /// Rows are summed up.
    Sum,
    /// A generation is taken away.
    Discard,
}

/// One rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(super) id: Uuid,
    pub(super) scope: Scope,
    pub(super) generation: Option<Generation>,
    pub(super) segments: u32,
    /// The position after the last that is taken, if it is positions that are taken.
    pub(super) end: Option<Position>,
    pub(super) total: Option<u64>,
    pub(super) status: RebuildStatus,
    pub(super) phase: Phase,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) totals: Vec<Total>,
}

/// How far one segment is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Where it goes on; `None` at its beginning, and at its end.
    pub(super) cursor: Option<String>,
    pub(super) is_done: bool,
    /// Commits that were read, or rows that were looked at.
    pub(super) count: u64,
    /// Items that could not be read.
    pub(super) unreadable: u64,
    /// Accounts that could not be projected to their end, once for each page on which that was found.
    pub(super) parked: u64,
    pub(super) totals: BTreeMap<String, Total>,
}

impl Job {
    /// How many segments the phase has: what is read of a read model is read by one.
    pub(super) fn segments_of_phase(&self) -> u32 {
        if self.phase == Phase::Project { self.segments } else { 1 }
    }

    pub(super) fn until(&self) -> Option<Timestamp> {
        match self.scope {
            Scope::Until { until } => Some(until),
            Scope::All { .. } | Scope::From { .. } | Scope::Drop { .. } => None,
        }
    }

    /// Whether workers are at it, were it only to take away what it had made.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.status, RebuildStatus::Running | RebuildStatus::Cancelling)
    }
}

fn job_name(id: Uuid) -> String {
    format!("rebuild#{id}")
}

fn progress_beginning(id: Uuid, phase: Phase) -> String {
    let phase = match phase {
        Phase::Project => "project",
        Phase::Switch => "switch",
        Phase::Sum => "sum",
        Phase::Discard => "discard",
    };
    format!("segment#{id}#{phase}#")
}

fn progress_name(id: Uuid, phase: Phase, segment: u32) -> String {
    format!("{}{segment:02}", progress_beginning(id, phase))
}

fn parse<T: DeserializeOwned>(entry: &Entry) -> Result<T, TableError> {
    serde_json::from_str(&entry.body).map_err(unreadable)
}

/// A rebuild: the newest of its projection, or one that is over.
pub(super) async fn job<C: ControlTable>(
    table: &C,
    projection: Projection,
    id: Uuid,
) -> Result<Option<Job>, TableError> {
    known(table, projection, id, &record(table, projection).await?.0).await
}

/// The same of a projection whose record was read just now.
pub(super) async fn known<C: ControlTable>(
    table: &C,
    projection: Projection,
    id: Uuid,
    now: &Record,
) -> Result<Option<Job>, TableError> {
    let newest = now.rebuild.as_ref().filter(|job| job.id == id);
    if newest.is_some() {
        return Ok(newest.cloned());
    }
    table.get(projection, &job_name(id)).await?.as_ref().map(parse).transpose()
}

/// Keeps a rebuild that is over, before the next one takes its place in the record.
pub(super) async fn keep<C: ControlTable>(
    table: &C,
    projection: Projection,
    job: &Job,
) -> Result<(), TableError> {
    let body = serde_json::to_string(job).map_err(unreadable)?;
    // One that is there is the same: what is over does not change.
    table.put(projection, &job_name(job.id), &body, None).await.map(|_| ())
}

/// How far a segment is, and the revision of that note; at the beginning there is none.
pub(super) async fn progress<C: ControlTable>(
    table: &C,
    projection: Projection,
    job: &Job,
    segment: u32,
) -> Result<(Progress, Option<u64>), TableError> {
    match table.get(projection, &progress_name(job.id, job.phase, segment)).await? {
        Some(entry) => Ok((parse(&entry)?, Some(entry.revision))),
        None => Ok((Progress::default(), None)),
    }
}

pub(super) async fn put_progress<C: ControlTable>(
    table: &C,
    projection: Projection,
    job: &Job,
    segment: u32,
    progress: &Progress,
    expected: Option<u64>,
) -> Result<Written, TableError> {
    let body = serde_json::to_string(progress).map_err(unreadable)?;
    table.put(projection, &progress_name(job.id, job.phase, segment), &body, expected).await
}

/// How far the segments of a phase are, by their names; those that have not begun are left out.
pub(super) async fn all_progress<C: ControlTable>(
    table: &C,
    projection: Projection,
    job: &Job,
    phase: Phase,
) -> Result<Vec<Progress>, TableError> {
    let entries = table.list(projection, &progress_beginning(job.id, phase)).await?;
    entries.iter().map(|(_, entry)| parse(entry)).collect()
}

/// A rebuild as it is shown: how far it is counts what is projected, or for one that only takes away, what is taken.
pub(super) async fn rebuild<C: ControlTable>(
    table: &C,
    projection: Projection,
    job: Job,
) -> Result<Rebuild, TableError> {
    let shown = if matches!(job.scope, Scope::Drop { .. }) { Phase::Discard } else { Phase::Project };
    let progress = all_progress(table, projection, &job, shown).await?;
    let segments = if shown == Phase::Project { job.segments } else { 1 };
    let done = progress.iter().filter(|one| one.is_done).count();
    Ok(Rebuild {
        id: job.id,
        projection,
        scope: job.scope,
        generation: job.generation,
        status: job.status,
        segments,
        segments_done: u32::try_from(done).unwrap_or(u32::MAX),
        done: progress.iter().map(|one| one.count).sum(),
        total: job.total,
        unreadable: progress.iter().map(|one| one.unreadable).sum(),
        parked: progress.iter().map(|one| one.parked).sum(),
        started_at: job.started_at,
        ended_at: job.ended_at,
        totals: job.totals,
    })
}
