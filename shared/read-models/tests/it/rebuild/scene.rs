//! A bank in memory with live projectors and a queue of tasks.

use std::collections::BTreeMap;

use application::{
    Commit,
    journal::Sequencer,
    ports::{
        AccountSummary, Environment as _, EventStore as _, Generation, Projection, Projections as _, Rebuild,
        RebuildError, RebuildRequest, Scope,
    },
    transactions::transactions,
};
use domain::Timestamp;
use read_models::{
    cache::InProcessCache,
    generations::{GenerationCatalog as _, Generational as _, LiveHistoryProjector, LiveSummaryProjector},
    history::MemoryTransactionIndex,
    message,
    parking::MemoryParking,
    rebuild::{Administration, HistoryModel, Models, SummaryModel, Task, Worked, Worker},
    summary::{Consistency, SummaryTable as _},
};
use testing::{MemoryJournal, TestEnvironment};

use super::stores::{Bug, InTurns, Queue, Seen, Shaky, SmallPages};
use crate::account::Account;

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
            store: SmallPages::with(bug),
            journal: MemoryJournal::default(),
            control: Shaky::with(bug),
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
            models: Models::new(
                self.store.clone(),
                self.table.clone(),
                self.index.clone(),
                self.parking.clone(),
            ),
            tasks: self.queue.clone(),
            environment: self.environment.clone(),
        }
    }

    pub(super) fn administration(&self) -> SceneAdministration {
        let worker = self.worker();
        let monitor = worker.monitor(self.parking.clone());
        Administration::new(worker, monitor)
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
