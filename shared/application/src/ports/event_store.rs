//! The append-only store of commits.

use std::{collections::BTreeSet, future::Future};

use crate::{CommandRecord, Commit, StreamId, codec::CodecError};

/// Streams of commits, each with an optimistic lock on its version.
pub trait EventStore: Send + Sync {
    /// The newest commit of a stream, strongly consistent.
    fn newest(&self, stream: &StreamId) -> impl Future<Output = Result<Option<Commit>, StoreError>> + Send;

    /// The newest commit whose first event has at most this version, strongly consistent.
    fn newest_until(
        &self,
        stream: &StreamId,
        version: u64,
    ) -> impl Future<Output = Result<Option<Commit>, StoreError>> + Send;

    /// Up to `limit` commits in order, from the first whose first event has at least this version, strongly consistent.
    fn read(
        &self,
        stream: &StreamId,
        from: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send;

    /// The commits at these places, by the versions of their first events; strongly consistent, in no order. Those that
    /// are not there are left out.
    fn commits_at(
        &self,
        places: &[(&StreamId, u64)],
    ) -> impl Future<Output = Result<Vec<Commit>, StoreError>> + Send {
        let read = places.iter().map(async |(stream, version)| {
            let found = self.newest_until(stream, *version).await?;
            Ok::<_, StoreError>(found.filter(|commit| commit.version == *version))
        });
        let read = futures::future::try_join_all(read);
        async { Ok(read.await?.into_iter().flatten().collect()) }
    }

    /// Adds commits, at most one a stream, all or none: each only if its stream has none at its version yet.
    fn append(&self, commits: &[Commit]) -> impl Future<Output = Result<(), AppendError>> + Send;
}

/// An event store that can say which streams it has.
pub trait StreamCatalog: EventStore {
    /// The names of all streams with any commit. Takes as long as all of what is stored takes to be read once.
    fn streams(&self) -> impl Future<Output = Result<BTreeSet<StreamId>, StoreError>> + Send;

    /// How many items a stream has, whatever they are: also those that are no commit and at no version that is read.
    fn count(&self, stream: &StreamId) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// One of so many parts of a table, each with whole streams in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which one: 0, 1, 2 and so on.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

/// Some of a segment's commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentPage {
    /// The commits that can be read; mostly one stream after the other, which nobody may count on.
    pub commits: Vec<Commit>,
    /// How many items could not be read.
    pub unreadable: u64,
    /// Where it goes on, opaque; `None` at the end.
    pub next: Option<String>,
}

/// An event store that several can read as a whole, each a segment of it.
pub trait SegmentedStore: EventStore {
    /// Up to `limit` items of a segment that follow on `after`, strongly consistent. What is appended while a segment is
    /// read may be among them or not.
    fn segment(
        &self,
        segment: Segment,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<SegmentPage, StoreError>> + Send;
}

/// Why commits were not added. Only [`Unavailable`](AppendError::Unavailable) leaves open whether they were.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else's commits are there already: decide again, from these. Nothing was added.
    #[error("{} of the streams have moved on", winners.len())]
    Conflict {
        /// The commits at the versions that were tried; with our own command id in one, an earlier try had won.
        winners: Vec<Commit>,
    },
    /// The command has its record already: it was decided before. Nothing was added.
    #[error("the command was decided before")]
    Recorded(Box<CommandRecord>),
    /// Another transaction was under way on the same items: try the same again. Nothing was added.
    #[error("another transaction was under way on the same streams")]
    Contended,
    /// More was asked than the store takes at a time: try the same again, later. Nothing was added.
    #[error("the event store is throttled")]
    Throttled,
    /// The store did not answer, or not intelligibly: the commits may be there or not.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether what is stored is itself the problem, so that no later try can succeed.
    #[must_use]
    pub fn is_poison(&self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable(_) => false,
            Self::Unreadable(_) | Self::Corrupt(_) | Self::Gap { .. } => true,
        }
    }
}

/// Why commits could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More was asked than the store takes at a time: try again later.
    #[error("the event store is throttled")]
    Throttled,
    /// The store did not answer, or not intelligibly.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An item is there that is no commit.
    #[error("a stored item is no commit")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read: the stream stops here until somebody has looked.
    #[error("a stored commit cannot be read")]
    Corrupt(#[from] CodecError),
    /// A version is missing between others, which no append can have left.
    #[error("{stream} has no commit at version {version}")]
    Gap {
        /// Where.
        stream: StreamId,
        /// Which version.
        version: u64,
    },
}
