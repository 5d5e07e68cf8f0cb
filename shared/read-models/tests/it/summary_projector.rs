//! The projector against what streams and tables really do: gaps, poison, races, failures.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use application::{
    Commit, StreamId,
    ports::{AccountSummary, AppendError, EventStore, StoreError},
};
use domain::{AccountId, UserId};
use read_models::{
    ProjectionError, TableError,
    parking::MemoryParking,
    summary::{
        ATTEMPTS_MAX, Consistency, MemorySummaryTable, Outcome, PROJECTION, SummaryProjector, SummaryTable,
        Written,
    },
};
use testing::MemoryEventStore;

use crate::account::Account;

const WRITTEN: Outcome = Outcome { written: 1, current: 0, parked: 0 };

/// A store, a table and a parking lot in memory, and the projector between them.
struct Scene<T> {
    table: T,
    parking: MemoryParking,
    projector: SummaryProjector<MemoryEventStore, T, MemoryParking>,
}

impl<T: SummaryTable + Clone> Scene<T> {
    fn new(store: MemoryEventStore, table: T) -> Self {
        let parking = MemoryParking::default();
        let projector = SummaryProjector::new(store, table.clone(), parking.clone());
        Self { table, parking, projector }
    }

    async fn row(&self, account: &Account) -> Option<AccountSummary> {
        self.table.read(&account.id, Consistency::Strong).await.unwrap()
    }
}

fn with_deposits(id: &str, count: usize) -> Account {
    let mut account = Account::checking(id);
    for _ in 0..count {
        account.deposits("1");
    }
    account
}

#[tokio::test]
async fn missing_commits_are_read_from_the_event_store() {
    let account = with_deposits("a", 1_000);
    let scene = Scene::new(account.store().await, MemorySummaryTable::default());
    let newest = account.commits.last().unwrap().clone();
    assert_eq!(scene.projector.project(vec![newest]).await.unwrap(), WRITTEN);
    assert_eq!(scene.row(&account).await, Some(account.summary()));
}

#[tokio::test]
async fn a_contiguous_batch_needs_nothing_from_the_event_store() {
    let account = with_deposits("a", 5);
    let scene = Scene::new(MemoryEventStore::default(), MemorySummaryTable::default());
    let mut batch = account.commits.clone();
    batch.reverse();
    assert_eq!(scene.projector.project(batch).await.unwrap(), WRITTEN);
    assert_eq!(scene.row(&account).await, Some(account.summary()));
}

#[tokio::test]
async fn commits_that_the_row_has_are_passed_over() {
    let account = with_deposits("a", 5);
    let scene = Scene::new(account.store().await, MemorySummaryTable::default());
    scene.projector.project(account.commits.clone()).await.unwrap();
    let again = scene.projector.project(account.commits[..3].to_vec()).await.unwrap();
    assert_eq!(again, Outcome { written: 0, current: 1, parked: 0 });
    assert_eq!(scene.row(&account).await, Some(account.summary()));
}

#[tokio::test]
async fn streams_of_holders_are_passed_over() {
    let account = with_deposits("a", 0);
    let scene = Scene::new(account.store().await, MemorySummaryTable::default());
    let mut commit = account.commits[0].clone();
    commit.stream = StreamId::holder(&"user-1".parse().unwrap());
    assert_eq!(scene.projector.project(vec![commit]).await.unwrap(), Outcome::default());
    assert_eq!(scene.row(&account).await, None);
}

#[tokio::test]
async fn poison_parks_its_account_and_no_other() {
    let (mut poisoned, sound) = (with_deposits("poisoned", 5), with_deposits("sound", 5));
    poisoned.commits[3].events = poisoned.commits[3].events.replace("MoneyDeposited", "MoneyBurned");
    let scene = Scene::new(poisoned.store().await, MemorySummaryTable::default());
    let batch = [poisoned.commits.clone(), sound.commits.clone()].concat();
    let outcome = scene.projector.project(batch).await.unwrap();
    assert_eq!(outcome, Outcome { written: 2, current: 0, parked: 1 });
    assert_eq!(scene.row(&sound).await, Some(sound.summary()));
    assert_eq!(scene.row(&poisoned).await.unwrap().version, 3, "as far as it can be read");
    let [parked] = scene.parking.all().try_into().unwrap();
    assert_eq!((parked.projection, parked.account_id, parked.version), (PROJECTION, poisoned.id.clone(), 4));
    assert!(parked.reason.contains("MoneyBurned"), "{}", parked.reason);

    let later = scene.projector.project(vec![poisoned.commits[5].clone()]).await.unwrap();
    assert_eq!(later, Outcome { written: 0, current: 0, parked: 1 }, "and there it stays");
    assert_eq!(scene.row(&poisoned).await.unwrap().version, 3);
}

#[tokio::test]
async fn an_account_whose_history_has_a_hole_is_parked_at_the_hole() {
    let mut account = with_deposits("a", 5);
    account.commits.remove(2);
    let scene = Scene::new(account.store().await, MemorySummaryTable::default());
    let outcome = scene.projector.project(account.commits.clone()).await.unwrap();
    assert_eq!(outcome, Outcome { written: 1, current: 0, parked: 1 });
    assert_eq!(scene.row(&account).await.unwrap().version, 2);
    assert_eq!(scene.parking.all()[0].version, 3);
}

#[tokio::test]
async fn many_accounts_are_done_in_one_batch() {
    let accounts: Vec<Account> = (0..40).map(|number| with_deposits(&format!("a-{number}"), 2)).collect();
    let scene = Scene::new(MemoryEventStore::default(), MemorySummaryTable::default());
    let batch = accounts.iter().flat_map(|account| account.commits.clone()).collect();
    assert_eq!(scene.projector.project(batch).await.unwrap().written, 40);
    for account in &accounts {
        assert_eq!(scene.row(account).await, Some(account.summary()));
    }
}

/// A table in which somebody else writes a row just before each of the first writes.
#[derive(Clone)]
struct RacedTable {
    inner: MemorySummaryTable,
    rivals: Arc<Vec<AccountSummary>>,
    races: Arc<AtomicU32>,
    races_max: u32,
}

impl RacedTable {
    fn new(rivals: Vec<AccountSummary>, races_max: u32) -> Self {
        let (inner, races) = (MemorySummaryTable::default(), Arc::default());
        Self { inner, rivals: Arc::new(rivals), races, races_max }
    }
}

impl SummaryTable for RacedTable {
    async fn read(
        &self,
        id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        self.inner.read(id, consistency).await
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let race = self.races.fetch_add(1, Ordering::Relaxed);
        let rival = self.rivals.get(usize::try_from(race).unwrap());
        if let Some(rival) = rival.filter(|_| race < self.races_max) {
            self.inner.write(rival, expected).await?;
        }
        self.inner.write(summary, expected).await
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        self.inner.of_user(user_id).await
    }
}

/// The rows of an account after each of its versions.
fn rows(account: &Account) -> Vec<AccountSummary> {
    let events = account.events();
    (1..=events.len()).map(|count| crate::account::fold(&events[..count], &account.id)).collect()
}

#[tokio::test]
async fn a_lost_race_is_folded_anew_from_the_row_that_won() {
    let account = with_deposits("a", 9);
    let scene = Scene::new(account.store().await, RacedTable::new(rows(&account), 3));
    assert_eq!(scene.projector.project(account.commits.clone()).await.unwrap(), WRITTEN);
    assert_eq!(scene.table.races.load(Ordering::Relaxed), 4);
    assert_eq!(scene.row(&account).await, Some(account.summary()));
}

#[tokio::test]
async fn a_race_lost_to_a_newer_row_leaves_it_as_it_is() {
    let account = with_deposits("a", 9);
    let scene = Scene::new(account.store().await, RacedTable::new(vec![account.summary()], 1));
    let outcome = scene.projector.project(account.commits[..4].to_vec()).await.unwrap();
    assert_eq!(outcome, Outcome { written: 0, current: 1, parked: 0 });
    assert_eq!(scene.row(&account).await, Some(account.summary()));
}

#[tokio::test]
async fn races_lost_without_end_bring_the_batch_again() {
    let account = with_deposits("a", 9);
    let scene = Scene::new(account.store().await, RacedTable::new(rows(&account), u32::MAX));
    let lost = scene.projector.project(account.commits.clone()).await;
    let attempts = ATTEMPTS_MAX;
    assert!(
        matches!(lost, Err(ProjectionError::Contended { attempts: tried, .. }) if tried == attempts),
        "{lost:?}"
    );
}

/// An event store that never answers.
struct SilentStore;

impl EventStore for SilentStore {
    async fn newest(&self, _: &StreamId) -> Result<Option<Commit>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn newest_until(&self, _: &StreamId, _: u64) -> Result<Option<Commit>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn read(&self, _: &StreamId, _: u64, _: usize) -> Result<Vec<Commit>, StoreError> {
        Err(StoreError::Throttled)
    }

    async fn append(&self, _: &[Commit]) -> Result<(), AppendError> {
        Err(AppendError::Throttled)
    }
}

#[tokio::test]
async fn a_failure_brings_the_batch_again_and_parks_nothing() {
    let (gap, sound) = (with_deposits("gap", 5), with_deposits("sound", 5));
    let (table, parking) = (MemorySummaryTable::default(), MemoryParking::default());
    let projector = SummaryProjector::new(SilentStore, table.clone(), parking.clone());
    let batch = [vec![gap.commits[5].clone()], sound.commits.clone()].concat();
    let failed = projector.project(batch).await;
    assert!(matches!(failed, Err(ProjectionError::Events(StoreError::Throttled))), "{failed:?}");
    assert_eq!(parking.all(), []);
    let row = table.read(&sound.id, Consistency::Strong).await.unwrap();
    assert_eq!(row, Some(sound.summary()), "the others are done all the same");
}
