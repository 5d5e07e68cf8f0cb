//! Commits and records in memory, with the same semantics as the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::{
    CommandRecord, Commit, StreamId,
    ports::{
        AppendError, CommandStore, Consistency, EventStore, RecordError, Segment, SegmentPage,
        SegmentedStore, StoreError, StreamCatalog,
    },
};
use uuid::Uuid;

/// What stands between stream and version in a cursor: no id has it.
const CURSOR_SEPARATOR: char = '/';

#[derive(Debug, Default)]
struct Tables {
    streams: BTreeMap<StreamId, BTreeMap<u64, Commit>>,
    records: BTreeMap<Uuid, CommandRecord>,
}

/// An event store that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryEventStore {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryEventStore {
    /// All commits of all streams, by stream and version.
    #[must_use]
    pub fn all(&self) -> Vec<Commit> {
        self.tables().streams.values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Looks at all commits where they are, by stream and version.
    pub fn look(&self, look: impl FnMut(&Commit)) {
        self.tables().streams.values().flat_map(BTreeMap::values).for_each(look);
    }

    /// Removes the records that have expired, as the table does sooner or later.
    pub fn expire(&self, now: domain::Timestamp) {
        self.tables().records.retain(|_, record| record.expires_at > now);
    }

    /// Stores commits whether or not there are others: what no table does.
    pub fn overwrite(&self, commits: &[Commit]) {
        for commit in commits {
            let mut tables = self.tables();
            let stream = tables.streams.entry(commit.stream.clone()).or_default();
            stream.insert(commit.version, commit.clone());
        }
    }

    /// Changes the commits of a stream by hand, as somebody might who has the table.
    pub fn tamper(&self, stream: &StreamId, with: impl FnOnce(&mut BTreeMap<u64, Commit>)) {
        with(self.tables().streams.entry(stream.clone()).or_default());
    }

    /// Stores a record whether or not there is another: what no table does.
    pub fn overwrite_record(&self, record: &CommandRecord) {
        self.tables().records.insert(record.command_id, record.clone());
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No method panics between two changes, so what a panicking test left behind is whole.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn append(&mut self, commits: &[Commit]) -> Result<(), AppendError> {
        let taken = |commit: &Commit| self.streams.get(&commit.stream)?.get(&commit.version).cloned();
        let winners: Vec<Commit> = commits.iter().filter_map(taken).collect();
        if !winners.is_empty() {
            return Err(AppendError::Conflict { winners });
        }
        for commit in commits {
            self.streams.entry(commit.stream.clone()).or_default().insert(commit.version, commit.clone());
        }
        Ok(())
    }
}

impl EventStore for MemoryEventStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.newest_until(stream, u64::MAX).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let tables = self.tables();
        let commits = tables.streams.get(stream);
        Ok(commits
            .and_then(|commits| commits.range(..=version).next_back())
            .map(|(_, commit)| commit.clone()))
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let tables = self.tables();
        let commits = tables.streams.get(stream).into_iter().flat_map(|commits| commits.range(from..));
        Ok(commits.take(limit).map(|(_, commit)| commit.clone()).collect())
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.tables().append(commits)
    }
}

impl StreamCatalog for MemoryEventStore {
    async fn streams(&self) -> Result<BTreeSet<StreamId>, StoreError> {
        let tables = self.tables();
        let streams = tables.streams.iter().filter(|(_, commits)| !commits.is_empty());
        Ok(streams.map(|(stream, _)| stream.clone()).collect())
    }

    async fn count(&self, stream: &StreamId) -> Result<u64, StoreError> {
        let count = self.tables().streams.get(stream).map_or(0, BTreeMap::len);
        Ok(u64::try_from(count).unwrap())
    }
}

impl SegmentedStore for MemoryEventStore {
    async fn segment(
        &self,
        segment: Segment,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SegmentPage, StoreError> {
        let of_segment = |commit: &Commit| {
            let letters = commit.stream.as_str().bytes();
            letters.fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % segment.of
                == segment.number
        };
        let after = after.and_then(|cursor| cursor.rsplit_once(CURSOR_SEPARATOR));
        let after = after.map(|(stream, version)| (stream, version.parse::<u64>().unwrap()));
        let follows =
            |commit: &Commit| after.is_none_or(|after| (commit.stream.as_str(), commit.version) > after);
        let all = self.all().into_iter();
        let commits: Vec<Commit> =
            all.filter(|commit| of_segment(commit) && follows(commit)).take(limit).collect();
        let last = commits.last().filter(|_| commits.len() == limit);
        let next = last.map(|last| format!("{}{CURSOR_SEPARATOR}{}", last.stream, last.version));
        Ok(SegmentPage { commits, unreadable: 0, next })
    }
}

impl CommandStore for MemoryEventStore {
    async fn record(&self, command_id: Uuid, _: Consistency) -> Result<Option<CommandRecord>, StoreError> {
        Ok(self.tables().records.get(&command_id).cloned())
    }

    async fn put_record(&self, record: &CommandRecord, over: Option<Uuid>) -> Result<(), RecordError> {
        let mut tables = self.tables();
        let existing = tables.records.get(&record.command_id);
        let may_go = match (existing, over) {
            (None, None) => true,
            (Some(existing), Some(owner)) => existing.owner == owner && existing.outcome.is_none(),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !may_go {
            return Err(RecordError::Taken(existing.cloned().map(Box::new)));
        }
        tables.records.insert(record.command_id, record.clone());
        Ok(())
    }

    async fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> Result<(), AppendError> {
        let mut tables = self.tables();
        if let Some(existing) = tables.records.get(&record.command_id) {
            return Err(AppendError::Recorded(Box::new(existing.clone())));
        }
        tables.append(commits)?;
        tables.records.insert(record.command_id, record.clone());
        Ok(())
    }
}
