//! The stores of a scene, which fail, wait or are wrong when they are told to.

use std::sync::{Arc, Mutex};

use application::{
    Commit, StreamId,
    ports::{
        AccountSummary, AppendError, EventStore, Generation, Generations, Projection, Segment, SegmentPage,
        SegmentedStore, StoreError,
    },
};
use domain::{AccountId, UserId};
use read_models::{
    TableError,
    generations::{ControlTable, Entry, GenerationCatalog, Generational, MemoryControlTable},
    rebuild::{Task, TaskError, Tasks},
    summary::{Consistency, MemorySummaryTable, SummaryCatalog, SummaryTable, Written},
};
use testing::MemoryEventStore;

/// Small, so that pages end within accounts.
const PAGE: usize = 3;

/// What a build might get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    /// Projectors go by the generations that there were before the rebuild.
    StaleCatalog,
    /// The generation that is read is written first.
    ReadIsWrittenFirst,
    /// What ends a page is noted as done and was not.
    ShortPages,
    /// Queries read the new generation as soon as it is announced.
    SwitchedTooEarly,
}

impl Bug {
    pub(super) const ALL: [Self; 4] =
        [Self::StaleCatalog, Self::ReadIsWrittenFirst, Self::ShortPages, Self::SwitchedTooEarly];
}

/// Events that are read a few at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct SmallPages {
    pub(super) store: MemoryEventStore,
    bug: Option<Bug>,
}

/// A control table that fails before or after it has written, by chance.
#[derive(Clone, Debug, Default)]
pub(super) struct Shaky {
    table: MemoryControlTable,
    chance: Arc<Mutex<Option<fastrand::Rng>>>,
    pub(super) bug: Option<Bug>,
}

/// A table before which others have their turn, so that what is done at once is done in turns.
#[derive(Clone, Debug, Default)]
pub(super) struct InTurns(MemorySummaryTable);

/// The generations as projectors see them.
#[derive(Clone, Debug)]
pub(super) struct Seen(pub(super) Shaky);

/// Tasks that nobody has taken yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(pub(super) Arc<Mutex<Vec<Task>>>);
impl SmallPages {
    pub(super) fn with(bug: Option<Bug>) -> Self {
        Self { bug, ..Self::default() }
    }
}

impl Shaky {
    pub(super) fn with(bug: Option<Bug>) -> Self {
        Self { bug, ..Self::default() }
    }

    /// Lets one write in four fail from now on, half of them after they were done; `None`: lets none.
    pub(super) fn shake(&self, seed: Option<u64>) {
        *self.chance.lock().unwrap() = seed.map(fastrand::Rng::with_seed);
    }

    fn dice(&self) -> u8 {
        self.chance.lock().unwrap().as_mut().map_or(u8::MAX, |chance| chance.u8(0..8))
    }
}

impl ControlTable for Shaky {
    async fn get(&self, projection: Projection, name: &str) -> Result<Option<Entry>, TableError> {
        self.table.get(projection, name).await
    }

    async fn put(
        &self,
        projection: Projection,
        name: &str,
        body: &str,
        expected: Option<u64>,
    ) -> Result<Written, TableError> {
        let dice = self.dice();
        if dice == 0 {
            return Err(TableError::Throttled);
        }
        let written = self.table.put(projection, name, body, expected).await;
        if dice == 1 { Err(TableError::Throttled) } else { written }
    }

    async fn list(
        &self,
        projection: Projection,
        beginning: &str,
    ) -> Result<Vec<(String, Entry)>, TableError> {
        self.table.list(projection, beginning).await
    }
}

impl Generational for InTurns {
    fn at(&self, generation: Generation) -> Self {
        Self(self.0.at(generation))
    }
}

impl SummaryTable for InTurns {
    async fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        self.0.read(account_id, consistency).await
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        tokio::task::yield_now().await;
        self.0.write(summary, expected).await
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        self.0.of_user(user_id).await
    }
}

impl SummaryCatalog for InTurns {
    async fn keys(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), TableError> {
        self.0.keys(after, limit).await
    }

    async fn rows(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<AccountSummary>, Option<String>), TableError> {
        self.0.rows(after, limit).await
    }

    async fn remove(&self, key: &str, expected: Option<u64>) -> Result<Written, TableError> {
        self.0.remove(key, expected).await
    }
}

impl GenerationCatalog for Seen {
    async fn generations(&self, projection: Projection) -> Result<Generations, TableError> {
        let mut generations = self.0.generations(projection).await?;
        match self.0.bug {
            Some(Bug::StaleCatalog) => generations.written.retain(|generation| *generation == 1),
            Some(Bug::ReadIsWrittenFirst) => generations.written.reverse(),
            _ => {}
        }
        Ok(generations)
    }
}

impl Tasks for Queue {
    async fn send(&self, tasks: &[Task]) -> Result<(), TaskError> {
        self.0.lock().unwrap().extend_from_slice(tasks);
        Ok(())
    }

    /// A queue without a clock: what is to come later comes after the others.
    async fn send_later(&self, task: &Task, _: i32) -> Result<(), TaskError> {
        self.send(&[*task]).await
    }
}

impl EventStore for SmallPages {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.store.newest(stream).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.store.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        self.store.read(stream, from, limit).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.store.append(commits).await
    }
}

impl SegmentedStore for SmallPages {
    async fn segment(
        &self,
        segment: Segment,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SegmentPage, StoreError> {
        let mut page = self.store.segment(segment, after, limit.min(PAGE)).await?;
        if self.bug == Some(Bug::ShortPages) && page.next.is_some() {
            page.commits.pop();
        }
        Ok(page)
    }
}
