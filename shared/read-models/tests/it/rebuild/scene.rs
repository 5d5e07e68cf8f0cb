//! A bank in memory with live projectors, a queue of tasks, and stores that fail when they are told to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use application::{
    Commit, StreamId,
    journal::Sequencer,
    ports::{
        AccountSummary, AppendError, Environment as _, EventStore, Generation, Generations, Projection,
        Projections as _, Rebuild, RebuildError, RebuildRequest, Scope, Segment, SegmentPage, SegmentedStore,
        StoreError,
    },
};
use domain::{AccountId, Timestamp, UserId};
use read_models::{
    TableError,
    cache::InProcessCache,
    generations::{
        ControlTable, Entry, GenerationCatalog, Generational, LiveHistoryProjector, LiveSummaryProjector,
        MemoryControlTable,
    },
    history::{MemoryTransactionIndex, transactions},
    message,
    parking::MemoryParking,
    rebuild::{
        Administration, HistoryModel, Models, Monitor, SummaryModel, Task, TaskError, Tasks, Worked, Worker,
    },
    summary::{Consistency, MemorySummaryTable, SummaryCatalog, SummaryTable, Written},
};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

use crate::account::Account;

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
    bug: Option<Bug>,
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

pub(super) type Summaries = SummaryModel<SmallPages, InTurns, MemoryParking>;
pub(super) type Histories = HistoryModel<MemoryTransactionIndex, MemoryParking>;
pub(super) type SceneWorker =
    Worker<SmallPages, MemoryJournal, Shaky, Summaries, Histories, Queue, TestEnvironment>;
pub(super) type SceneAdministration = Administration<
    SmallPages,
    MemoryJournal,
    Shaky,
    Summaries,
    Histories,
    Queue,
    TestEnvironment,
    MemoryParking,
>;

pub(super) struct Scene {
    pub(super) store: SmallPages,
    pub(super) journal: MemoryJournal,
    pub(super) control: Shaky,
    pub(super) table: InTurns,
    pub(super) index: MemoryTransactionIndex,
    pub(super) parking: MemoryParking,
    pub(super) queue: Queue,
    pub(super) environment: TestEnvironment,
    pub(super) accounts: BTreeMap<String, Account>,
}

impl Scene {
    /// A bank of so many accounts, the first of them with one transaction, the next with two and so on, all projected.
    pub(super) async fn new(accounts: usize) -> Self {
        Self::with(accounts, None).await
    }

    /// The same with a bug in it.
    pub(super) async fn with(accounts: usize, bug: Option<Bug>) -> Self {
        let mut scene = Self {
            store: SmallPages { bug, ..SmallPages::default() },
            journal: MemoryJournal::default(),
            control: Shaky { bug, ..Shaky::default() },
            table: InTurns::default(),
            index: MemoryTransactionIndex::default(),
            parking: MemoryParking::default(),
            queue: Queue::default(),
            environment: TestEnvironment::default(),
            accounts: BTreeMap::new(),
        };
        for number in 0..accounts {
            let id = format!("a-{number}");
            let account = Account::checking(&id);
            let opened = account.commits.clone();
            scene.accounts.insert(id.clone(), account);
            scene.commit(&opened).await;
            scene.project(opened).await;
            scene.deposits(&id, number).await;
        }
        scene
    }

    pub(super) fn worker(&self) -> SceneWorker {
        Worker {
            store: self.store.clone(),
            journal: self.journal.clone(),
            table: self.control.clone(),
            models: Models {
                summary: SummaryModel {
                    store: self.store.clone(),
                    table: self.table.clone(),
                    parking: self.parking.clone(),
                },
                history: HistoryModel { index: self.index.clone(), parking: self.parking.clone() },
            },
            tasks: self.queue.clone(),
            environment: self.environment.clone(),
        }
    }

    pub(super) fn administration(&self) -> SceneAdministration {
        let SceneWorker { store, journal, table, models, .. } = self.worker();
        Administration::new(
            self.worker(),
            Monitor { store, journal, table, models, parking: self.parking.clone() },
        )
    }

    /// So many deposits, each a day later, all projected.
    pub(super) async fn deposits(&mut self, id: &str, count: usize) {
        let new = self.deposits_alone(id, count).await;
        self.project(new).await;
    }

    /// So many deposits, each a day later, of which no projector has heard yet.
    pub(super) async fn deposits_alone(&mut self, id: &str, count: usize) -> Vec<Commit> {
        let account = self.accounts.get_mut(id).unwrap();
        let before = account.commits.len();
        for _ in 0..count {
            account.later(86_400).deposits("10");
        }
        let new = account.commits[before..].to_vec();
        self.commit(&new).await;
        new
    }

    async fn commit(&self, commits: &[Commit]) {
        for commit in commits {
            self.store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        let sequencer =
            Sequencer::new(self.store.store.clone(), self.journal.clone(), self.environment.clone());
        sequencer.journal(commits.to_vec()).await.unwrap();
    }

    /// As the live projectors do it, again and again until it is done.
    pub(super) async fn project(&self, commits: Vec<Commit>) {
        let (parking, catalog) = (self.parking.clone(), Seen(self.control.clone()));
        let summaries = LiveSummaryProjector {
            store: self.store.clone(),
            table: self.table.clone(),
            cache: None::<InProcessCache>,
            parking: parking.clone(),
            catalog: catalog.clone(),
        };
        while summaries.project(commits.clone(), &[]).await.is_err() {}
        let histories = LiveHistoryProjector { index: self.index.clone(), parking, catalog };
        let body = message(1, &commits).unwrap();
        while !histories.project(&[&body]).await.is_ok_and(|results| results.iter().all(Result::is_ok)) {}
    }

    pub(super) async fn start(
        &self,
        projection: Projection,
        scope: Scope,
        segments: u32,
    ) -> Result<Rebuild, RebuildError> {
        let request = RebuildRequest { id: self.environment.new_id(), scope, segments };
        self.administration().start(projection, &request).await
    }

    /// Works off the queue.
    pub(super) async fn work(&self) {
        while let Some(task) = self.take(0) {
            let worked = self.worker().work(task, far()).await.unwrap();
            assert_eq!(worked, Worked::Done);
        }
    }

    pub(super) fn take(&self, place: usize) -> Option<Task> {
        let mut tasks = self.queue.0.lock().unwrap();
        (place < tasks.len()).then(|| tasks.remove(place))
    }

    pub(super) async fn row(&self, generation: Generation, id: &str) -> Option<AccountSummary> {
        self.table.at(generation).read(&id.parse().unwrap(), Consistency::Strong).await.unwrap()
    }

    /// Whether a generation of a read model is what the events come to.
    pub(super) async fn compare(&self, projection: Projection, generation: Generation) -> Result<(), String> {
        let mut expected = BTreeMap::new();
        for (id, account) in &self.accounts {
            let row = self.row(generation, id).await;
            if projection == Projection::AccountSummary && row.as_ref() != Some(&account.summary()) {
                return Err(format!("generation {generation} has {row:?}"));
            }
            for transaction in account.commits.iter().flat_map(|one| transactions(one).unwrap()) {
                expected.insert(format!("{id}:{}", transaction.version), transaction);
            }
        }
        if projection == Projection::TransactionHistory && self.index.at(generation).all() != expected {
            return Err(format!("generation {generation} has not all documents as they have to be"));
        }
        Ok(())
    }

    pub(super) async fn check(&self, projection: Projection, generation: Generation) {
        self.compare(projection, generation).await.unwrap();
    }

    /// The generation that queries read.
    pub(super) async fn read(&self, projection: Projection) -> Generation {
        let generations = self.control.generations(projection).await.unwrap();
        if self.control.bug == Some(Bug::SwitchedTooEarly) { generations.newest } else { generations.read }
    }

    pub(super) fn commits(&self) -> u64 {
        u64::try_from(self.store.store.all().len()).unwrap()
    }
}

/// Later than any test lasts.
pub(super) fn far() -> Timestamp {
    "2100-01-01T00:00:00Z".parse().unwrap()
}

impl Shaky {
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
