//! A bank in memory with live projectors, a queue of tasks, and stores that fail when they are told to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use application::{
    Commit, StreamId,
    journal::Sequencer,
    ports::{
        AccountSummary, AppendError, Environment as _, EventStore, Generation, Projection, Projections as _,
        Rebuild, RebuildError, RebuildRequest, Scope, Segment, SegmentPage, SegmentedStore, StoreError,
    },
};
use domain::Timestamp;
use read_models::{
    TableError,
    cache::InProcessCache,
    generations::{
        ControlTable, Entry, Generational as _, LiveHistoryProjector, LiveSummaryProjector,
        MemoryControlTable,
    },
    history::{MemoryTransactionIndex, transactions},
    message,
    parking::MemoryParking,
    rebuild::{Administration, HistoryModel, Models, SummaryModel, Task, TaskError, Tasks, Worked, Worker},
    summary::{Consistency, MemorySummaryTable, SummaryTable as _, Written},
};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

use crate::account::Account;

/// Small, so that pages end within accounts.
const PAGE: usize = 3;

/// Events that are read a few at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct SmallPages(pub(super) MemoryEventStore);

/// A control table that fails before or after it has written, by chance.
#[derive(Clone, Debug, Default)]
pub(super) struct Shaky {
    table: MemoryControlTable,
    chance: Arc<Mutex<Option<fastrand::Rng>>>,
}

/// Tasks that nobody has taken yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(pub(super) Arc<Mutex<Vec<Task>>>);

pub(super) type Summaries = SummaryModel<SmallPages, MemorySummaryTable, MemoryParking>;
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
    pub(super) table: MemorySummaryTable,
    pub(super) index: MemoryTransactionIndex,
    pub(super) parking: MemoryParking,
    pub(super) queue: Queue,
    pub(super) environment: TestEnvironment,
    pub(super) accounts: BTreeMap<String, Account>,
}

impl Scene {
    /// A bank of so many accounts, the first of them with one transaction, the next with two and so on, all projected.
    pub(super) async fn new(accounts: usize) -> Self {
        let mut scene = Self {
            store: SmallPages::default(),
            journal: MemoryJournal::default(),
            control: Shaky::default(),
            table: MemorySummaryTable::default(),
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
        Administration::new(self.worker(), self.parking.clone())
    }

    /// So many deposits, each a day later, all projected.
    pub(super) async fn deposits(&mut self, id: &str, count: usize) {
        let account = self.accounts.get_mut(id).unwrap();
        let before = account.commits.len();
        for _ in 0..count {
            account.later(86_400).deposits("10");
        }
        let new = account.commits[before..].to_vec();
        self.commit(&new).await;
    }

    async fn commit(&self, commits: &[Commit]) {
        for commit in commits {
            self.store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        let sequencer = Sequencer::new(self.store.0.clone(), self.journal.clone(), self.environment.clone());
        sequencer.journal(commits.to_vec()).await.unwrap();
        self.project(commits.to_vec()).await;
    }

    /// As the live projectors do it, again and again until it is done.
    pub(super) async fn project(&self, commits: Vec<Commit>) {
        let (parking, catalog) = (self.parking.clone(), self.control.clone());
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

    /// Whether a generation of both read models is what the events come to.
    pub(super) async fn check(&self, projection: Projection, generation: Generation) {
        let mut documents = 0;
        for (id, account) in &self.accounts {
            if projection == Projection::AccountSummary {
                assert_eq!(self.row(generation, id).await, Some(account.summary()), "{id}");
            }
            documents += account.commits.iter().map(|one| transactions(one).unwrap().len()).sum::<usize>();
        }
        if projection == Projection::TransactionHistory {
            assert_eq!(self.index.at(generation).all().len(), documents);
        }
    }

    pub(super) fn commits(&self) -> u64 {
        u64::try_from(self.store.0.all().len()).unwrap()
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

impl Tasks for Queue {
    async fn send(&self, tasks: &[Task]) -> Result<(), TaskError> {
        self.0.lock().unwrap().extend_from_slice(tasks);
        Ok(())
    }
}

impl EventStore for SmallPages {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.0.newest(stream).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.0.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        self.0.read(stream, from, limit).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.0.append(commits).await
    }
}

impl SegmentedStore for SmallPages {
    async fn segment(
        &self,
        segment: Segment,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SegmentPage, StoreError> {
        self.0.segment(segment, after, limit.min(PAGE)).await
    }
}
