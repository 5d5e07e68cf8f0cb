//! Commits in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::{
    Commit, StreamId,
    ports::{AppendError, EventStore, StoreError},
};

type Streams = BTreeMap<StreamId, BTreeMap<u64, Commit>>;

/// An event store that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryEventStore {
    streams: Arc<Mutex<Streams>>,
}

impl MemoryEventStore {
    /// All commits of all streams, by stream and version.
    #[must_use]
    pub fn all(&self) -> Vec<Commit> {
        self.streams().values().flat_map(BTreeMap::values).cloned().collect()
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        // No method panics between two changes, so what a panicking test left behind is whole.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventStore for MemoryEventStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.newest_until(stream, u64::MAX).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let streams = self.streams();
        let commits = streams.get(stream);
        Ok(commits
            .and_then(|commits| commits.range(..=version).next_back())
            .map(|(_, commit)| commit.clone()))
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let streams = self.streams();
        let commits = streams.get(stream).into_iter().flat_map(|commits| commits.range(from..));
        Ok(commits.take(limit).map(|(_, commit)| commit.clone()).collect())
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        let mut streams = self.streams();
        let taken = |commit: &Commit| streams.get(&commit.stream)?.get(&commit.version).cloned();
        let winners: Vec<Commit> = commits.iter().filter_map(taken).collect();
        if !winners.is_empty() {
            return Err(AppendError::Conflict { winners });
        }
        for commit in commits {
            streams.entry(commit.stream.clone()).or_default().insert(commit.version, commit.clone());
        }
        Ok(())
    }
}
