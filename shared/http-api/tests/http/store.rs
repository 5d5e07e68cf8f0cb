//! The command store in memory, made to fail in one way.

use application::{
    CommandRecord, Commit, StreamId,
    codec::CodecError,
    ports::{AppendError, CommandStore, Consistency, EventStore, RecordError, StoreError},
};
use testing::MemoryEventStore;
use uuid::Uuid;

/// How it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    None,
    Unavailable,
    Throttled,
    Damaged,
    AlwaysContended,
}

pub(crate) struct FailingStore {
    inner: MemoryEventStore,
    failure: Failure,
}

impl FailingStore {
    pub(crate) fn new(failure: Failure) -> Self {
        Self { inner: MemoryEventStore::default(), failure }
    }

    fn before_append(&self) -> Result<(), AppendError> {
        match self.failure {
            Failure::Unavailable => Err(AppendError::Unavailable("secret address".into())),
            Failure::Throttled => Err(AppendError::Throttled),
            Failure::AlwaysContended => Err(AppendError::Contended),
            Failure::None | Failure::Damaged => Ok(()),
        }
    }
}

impl EventStore for FailingStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        match self.failure {
            Failure::Damaged => {
                Err(CodecError::UnknownEvent { name: "secret".to_owned(), version: 1 }.into())
            }
            _ => self.inner.newest(stream).await,
        }
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.inner.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        self.inner.read(stream, from, limit).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.before_append()?;
        self.inner.append(commits).await
    }
}

impl CommandStore for FailingStore {
    async fn record(
        &self,
        command_id: Uuid,
        consistency: Consistency,
    ) -> Result<Option<CommandRecord>, StoreError> {
        self.inner.record(command_id, consistency).await
    }

    async fn put_record(&self, record: &CommandRecord, over: Option<Uuid>) -> Result<(), RecordError> {
        self.inner.put_record(record, over).await
    }

    async fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> Result<(), AppendError> {
        self.before_append()?;
        self.inner.append_with_record(commits, record).await
    }
}
