//! The events as they were at a time: what came later is not there.

use application::{
    Commit, StreamId,
    ports::{AppendError, EventStore, StoreError},
};
use domain::Timestamp;

/// A store of which only what had happened by a time can be read; without a time, all of it.
#[derive(Clone, Debug)]
pub(super) struct AsOf<S> {
    pub(super) store: S,
    pub(super) until: Option<Timestamp>,
}

impl<S> AsOf<S> {
    /// Whether it had happened by then. In a stream each commit is later than the one before, so what is left of it has
    /// no gaps.
    pub(super) fn has(&self, commit: &Commit) -> bool {
        self.until.is_none_or(|until| commit.timestamp <= until)
    }
}

impl<S: EventStore> EventStore for AsOf<S> {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.newest_until(stream, u64::MAX).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let mut version = version;
        loop {
            match self.store.newest_until(stream, version).await? {
                Some(later) if !self.has(&later) && later.version > 1 => version = later.version - 1,
                found => return Ok(found.filter(|found| self.has(found))),
            }
        }
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let mut commits = self.store.read(stream, from, limit).await?;
        commits.retain(|commit| self.has(commit));
        Ok(commits)
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.store.append(commits).await
    }
}
