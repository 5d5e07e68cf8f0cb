//! Projectors at work while accounts are compared: what is merely under way is no difference, and what is one is mended
//! all the same.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use application::{
    Commit, StreamId,
    ports::{AppendError, Environment, EventStore, Projection, StoreError, StreamCatalog},
    transactions::transactions,
};
use domain::Timestamp;
use read_models::{
    history::{MemoryTransactionIndex, TransactionIndex as _},
    parking::MemoryParking,
    reconcile::{Difference, Kind, Mode, Progress, Reconcile, Scope},
    redrive::Redrive,
    summary::{Consistency, MemorySummaryTable, SummaryProjector, SummaryTable as _},
};
use testing::{MemoryEventStore, TestEnvironment};

use crate::account::Account;

/// An event store to which a commit is added at every read, and projected a few reads later.
#[derive(Clone)]
struct BusyStore {
    inner: MemoryEventStore,
    /// What will be added, in order.
    future: Arc<Vec<Commit>>,
    appended: Arc<AtomicUsize>,
    projected: Arc<AtomicUsize>,
    table: MemorySummaryTable,
    index: MemoryTransactionIndex,
    /// By how many commits the projectors are behind.
    lag: usize,
}

impl BusyStore {
    async fn goes_on(&self) {
        let next = self.appended.fetch_add(1, Ordering::Relaxed);
        if let Some(commit) = self.future.get(next) {
            self.inner.append(std::slice::from_ref(commit)).await.unwrap();
        }
        let newest = next.min(self.future.len()).saturating_sub(self.lag);
        while self.projected.load(Ordering::Relaxed) < newest {
            let commit = &self.future[self.projected.fetch_add(1, Ordering::Relaxed)];
            let (table, parking) = (self.table.clone(), MemoryParking::default());
            SummaryProjector::new(self.inner.clone(), table, parking)
                .project(vec![commit.clone()])
                .await
                .unwrap();
            self.index.put(&transactions(commit).unwrap()).await.unwrap();
        }
    }
}

impl EventStore for BusyStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.goes_on().await;
        self.inner.newest(stream).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.goes_on().await;
        self.inner.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        self.goes_on().await;
        self.inner.read(stream, from, limit).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.inner.append(commits).await
    }
}

impl StreamCatalog for BusyStore {
    async fn streams(&self) -> Result<std::collections::BTreeSet<StreamId>, StoreError> {
        self.inner.streams().await
    }

    async fn count(&self, stream: &StreamId) -> Result<u64, StoreError> {
        self.inner.count(stream).await
    }
}

/// A clock that stands where the events were recorded, so that they are young all the time; the world goes on in pauses.
struct BusyEnvironment {
    clock: TestEnvironment,
    store: BusyStore,
}

impl Environment for BusyEnvironment {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn new_id(&self) -> uuid::Uuid {
        self.clock.new_id()
    }

    async fn wait(&self, time: std::time::Duration) {
        self.clock.wait(time).await;
    }

    async fn pause(&self, longest: std::time::Duration) {
        self.store.goes_on().await;
        self.clock.pause(longest).await;
    }
}

/// A busy account of which the first part has happened, and is projected.
async fn busy(lag: usize) -> (Account, BusyStore) {
    let mut account = Account::checking("busy");
    for _ in 0..900 {
        account.later(60).deposits("1");
    }
    let past = 20;
    let inner = MemoryEventStore::default();
    inner.overwrite(&account.commits[..past]);
    let store = BusyStore {
        inner,
        future: Arc::new(account.commits[past..].to_vec()),
        appended: Arc::default(),
        projected: Arc::default(),
        table: MemorySummaryTable::default(),
        index: MemoryTransactionIndex::default(),
        lag,
    };
    let newest = vec![account.commits[past - 1].clone()];
    let projector = SummaryProjector::new(store.inner.clone(), store.table.clone(), MemoryParking::default());
    projector.project(newest).await.unwrap();
    for commit in &account.commits[..past] {
        store.index.put(&transactions(commit).unwrap()).await.unwrap();
    }
    (account, store)
}

async fn run(store: &BusyStore, mode: Mode) -> Vec<Difference> {
    let redrive =
        Redrive::new(store.clone(), store.table.clone(), store.index.clone(), MemoryParking::default(), ());
    let environment = BusyEnvironment { clock: TestEnvironment::default(), store: store.clone() };
    let reconcile = Reconcile::new(redrive, environment, mode);
    let mut differences = Vec::new();
    let on = |progress: Progress<'_>| {
        if let Progress::Compared(found) = progress {
            differences.extend_from_slice(found);
        }
    };
    reconcile.run(&Scope::default(), on).await.unwrap();
    differences
}

#[tokio::test]
async fn commits_that_land_and_are_projected_meanwhile_are_no_difference() {
    for lag in [0, 1, 3, 8] {
        let (_, store) = busy(lag).await;
        for round in 0..10 {
            assert_eq!(run(&store, Mode::Check).await, [], "lag {lag}, round {round}");
        }
        assert!(store.appended.load(Ordering::Relaxed) > 20, "it was busy");
    }
}

#[tokio::test]
async fn a_busy_account_is_mended_beside_its_projectors() {
    let (account, store) = busy(1).await;
    let mut wrong = store.table.read(&account.id, Consistency::Strong).await.unwrap().unwrap();
    let version = wrong.version;
    wrong.total_deposits = wrong.total_withdrawals;
    store.table.write(&wrong, Some(version)).await.unwrap();
    store.index.tamper(|all| drop(all.remove("busy:7")));
    let found = run(&store, Mode::Repair).await;
    let kinds: Vec<(Projection, Kind, bool)> =
        found.iter().map(|one| (one.projection, one.kind, one.repaired)).collect();
    let expected = [
        (Projection::AccountSummary, Kind::RowWrong, true),
        (Projection::TransactionHistory, Kind::DocumentMissing, true),
    ];
    assert_eq!(kinds, expected, "{found:#?}");
    assert_eq!(run(&store, Mode::Check).await, []);
    let row = store.table.read(&account.id, Consistency::Strong).await.unwrap().unwrap();
    assert!(row.version > version, "it went on meanwhile");
    let events = account.events();
    let until = usize::try_from(row.version).unwrap();
    assert_eq!(row, crate::account::fold(&events[..until], &account.id));
}

#[tokio::test]
async fn a_read_model_that_stays_behind_is_a_difference_in_the_end() {
    let (_, store) = busy(usize::MAX).await;
    let found = run(&store, Mode::Check).await;
    assert_eq!(found[0].kind, Kind::RowBehind);
    assert!(found[1..].iter().all(|one| one.kind == Kind::DocumentMissing) && found.len() > 1, "{found:?}");
}
