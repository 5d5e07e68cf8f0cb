//! The projections as a whole: how far each of them is, which generations of its read model there are, and how they are
//! rebuilt.

use std::future::Future;

use domain::{Decimal, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Projection, StoreError};
use crate::journal::Position;

/// One complete making of a read model: 1, 2, 3 and so on, never given twice.
pub type Generation = u32;

/// The generations that a read model has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generations {
    /// The one that queries read.
    pub read: Generation,
    /// Those that take part in what happens, in the order in which a projector writes them. The one that is read comes
    /// last, so that no other ever lacks what a query has seen.
    pub written: Vec<Generation>,
    /// The last number that was given.
    pub newest: Generation,
}

impl Default for Generations {
    /// The first one, which nobody has to make.
    fn default() -> Self {
        Self { read: 1, written: vec![1], newest: 1 }
    }
}

/// How much of the past a rebuild takes, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Scope {
    /// All of it into a new generation, which is read from then on if `switch` says so.
    All {
        /// Whether queries read it as soon as it is whole.
        switch: bool,
    },
    /// What had happened by this business time, itself included, into a new generation that stays as it is.
    Until {
        /// That time.
        until: Timestamp,
    },
    /// What the journal has from this position on, once more into the generations that there are.
    From {
        /// That position.
        from: Position,
    },
    /// Nothing: a generation is taken away.
    Drop {
        /// Which one.
        generation: Generation,
    },
}

/// What a rebuild is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebuildRequest {
    /// Names it; the same one again is the same rebuild.
    pub id: Uuid,
    /// How much.
    pub scope: Scope,
    /// Into how many parts the work is cut, and so how many workers can be at it: 1 to [`SEGMENTS_MAX`](Self::SEGMENTS_MAX).
    pub segments: u32,
}

impl RebuildRequest {
    /// The most parts: all of their progress is read at once.
    pub const SEGMENTS_MAX: u32 = 64;
}

/// How a rebuild stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebuildStatus {
    /// Workers are at it.
    Running,
    /// It was given up, and what it had made is being taken away.
    Cancelling,
    /// It was done to the end.
    Completed,
    /// It was given up, and nothing is left of it.
    Cancelled,
}

/// A rebuild, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// Names it.
    pub id: Uuid,
    /// Of which projection.
    pub projection: Projection,
    /// How much of the past, and where to.
    pub scope: Scope,
    /// The generation that it makes or takes away; `None` if it makes none.
    pub generation: Option<Generation>,
    /// How it stands.
    pub status: RebuildStatus,
    /// How many parts.
    pub segments: u32,
    /// How many of them are done with.
    pub segments_done: u32,
    /// Commits that were read, or rows that were looked at.
    pub done: u64,
    /// How many the journal had when it began; `None` if nobody has counted them.
    pub total: Option<u64>,
    /// Items of the events table that could not be read.
    pub unreadable: u64,
    /// Accounts that could not be projected to their end, once for each page on which that was found. With any of them, or
    /// of what could not be read, queries are not led to the new generation.
    pub parked: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the bank had by the end of its scope, by currency; only a rebuild [`Until`](Scope::Until) has it.
    pub totals: Vec<Total>,
}

/// The sums of all accounts of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// ISO 4217.
    pub currency: String,
    /// How many accounts.
    pub accounts: u64,
    /// What they hold.
    pub balance: Decimal,
    /// All that was deposited.
    pub deposits: Decimal,
    /// All that was withdrawn, fees included.
    pub withdrawals: Decimal,
    /// All that was sent, fees included.
    pub transfers_out: Decimal,
    /// All that was received.
    pub transfers_in: Decimal,
}

/// How far a projection is behind the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Commits in the journal that are not in the read model.
    pub commits: u64,
    /// Whether there may be more of them: no more of the journal was looked at.
    pub is_at_least: bool,
    /// When the oldest of them was given its position; `None` if there are none.
    pub since: Option<Timestamp>,
}

/// How many accounts a projection has stopped at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParkedCount {
    /// That many, as far as they were counted.
    pub accounts: u64,
    /// Whether there may be more.
    pub is_at_least: bool,
    /// When the first of them was parked.
    pub oldest: Option<Timestamp>,
}

/// How a projection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionState {
    /// Which one.
    pub projection: Projection,
    /// The last position of the journal.
    pub position: Position,
    /// How far the projection is behind it.
    pub lag: Lag,
    /// The accounts that it has stopped at.
    pub parked: ParkedCount,
    /// The generations of its read model; `None`: it has no more than one.
    pub generations: Option<Generations>,
    /// The newest of its rebuilds.
    pub rebuild: Option<Rebuild>,
}

/// Why a projection does not do as it was told.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The journal cannot be made again: it says what happened in which order.
    #[error("the projection {0} is not rebuilt")]
    NotRebuildable(Projection),
    /// One at a time.
    #[error("the rebuild {0} is running")]
    Running(Uuid),
    /// The same id was used for something else.
    #[error("the rebuild's id was used for another one")]
    Reused,
    /// There is no such rebuild.
    #[error("there is no such rebuild")]
    NotFound,
    /// The rebuild is over: there is nothing to cancel or to go on with.
    #[error("the rebuild is over")]
    Over,
    /// The read model has no such generation, or it takes no part in what happens.
    #[error("there is no such generation to read")]
    GenerationNotFound,
    /// The generation is read, or was until a moment ago.
    #[error("the generation is in use")]
    GenerationInUse,
    /// The time is so late that something of it may still be recorded.
    #[error("the time is not over yet")]
    NotSettled,
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The projections, as they are looked after.
pub trait Projections: Send + Sync {
    /// How each of them stands, in their order.
    fn states(&self) -> impl Future<Output = Result<Vec<ProjectionState>, StoreError>> + Send;

    /// Begins a rebuild, or says how far the one of this id is.
    fn start(
        &self,
        projection: Projection,
        request: &RebuildRequest,
    ) -> impl Future<Output = Result<Rebuild, RebuildError>> + Send;

    /// How far a rebuild is.
    fn rebuild(
        &self,
        projection: Projection,
        id: Uuid,
    ) -> impl Future<Output = Result<Rebuild, RebuildError>> + Send;

    /// Gives up a rebuild and takes away what it has made.
    fn cancel(
        &self,
        projection: Projection,
        id: Uuid,
    ) -> impl Future<Output = Result<Rebuild, RebuildError>> + Send;

    /// Sets workers on all that is left of a rebuild. No harm if others are at it.
    fn resume(
        &self,
        projection: Projection,
        id: Uuid,
    ) -> impl Future<Output = Result<Rebuild, RebuildError>> + Send;

    /// Lets queries read a generation that takes part in what happens: forwards, or back to an earlier one.
    fn read(
        &self,
        projection: Projection,
        generation: Generation,
    ) -> impl Future<Output = Result<Generations, RebuildError>> + Send;
}
