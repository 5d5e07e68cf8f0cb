//! Poison parks its own account only, and once it is mended, a redrive brings the account up to date.

use application::{
    Commit, StreamId,
    ports::{EventStore as _, ParkedId, Projection, Redriven},
};
use read_models::{
    TableError,
    history::{HistoryProjector, MemoryTransactionIndex},
    message,
    parking::{MemoryParking, Parked, Parking, ParkingLot},
    redrive::Redrive,
    summary::{Consistency, MemorySummaryTable, SummaryProjector, SummaryTable as _, Written},
};
use testing::{MemoryEventStore, TestEnvironment};

use crate::{account::Account, planted::transactions_of};

struct Scene {
    store: MemoryEventStore,
    table: MemorySummaryTable,
    index: MemoryTransactionIndex,
    parking: MemoryParking,
    poisoned: Account,
    sound: Account,
}

fn with_deposits(id: &str) -> Account {
    let mut account = Account::checking(id);
    for _ in 0..5 {
        account.deposits("1");
    }
    account
}

impl Scene {
    /// All is projected but the poison at version 4 of one account.
    async fn new() -> Self {
        let scene = Self {
            store: MemoryEventStore::default(),
            table: MemorySummaryTable::default(),
            index: MemoryTransactionIndex::default(),
            parking: MemoryParking::timed(TestEnvironment::default()),
            poisoned: with_deposits("poisoned"),
            sound: with_deposits("sound"),
        };
        for commit in scene.poisoned.commits.iter().chain(&scene.sound.commits) {
            scene.store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        scene.poison(4, "MoneyBurned");
        scene.project().await;
        scene
    }

    fn poison(&self, version: u64, name: &str) {
        self.store.tamper(&StreamId::account(&self.poisoned.id), |commits| {
            let commit = commits.get_mut(&version).unwrap();
            commit.events = commit.events.replace("MoneyDeposited", name);
        });
    }

    fn mend(&self) {
        self.store.overwrite(&self.poisoned.commits);
    }

    async fn project(&self) {
        let commits = self.store.all();
        let (table, parking) = (self.table.clone(), self.parking.clone());
        SummaryProjector::new(self.store.clone(), table, parking.clone())
            .project(commits.clone())
            .await
            .unwrap();
        let body = message(1, &commits).unwrap();
        let projector = HistoryProjector::new(self.index.clone(), parking);
        assert!(projector.project(&[&body]).await.unwrap().iter().all(Result::is_ok));
    }

    async fn redrive(&self, projection: Projection) -> Option<Redriven> {
        let (store, table) = (self.store.clone(), self.table.clone());
        let redrive = Redrive::new(store, table, self.index.clone(), self.parking.clone(), ());
        redrive.redrive_one(&self.id(projection)).await.unwrap()
    }

    fn id(&self, projection: Projection) -> ParkedId {
        ParkedId { projection, account_id: self.poisoned.id.clone() }
    }

    async fn version(&self, account: &Account) -> u64 {
        self.table.read(&account.id, Consistency::Strong).await.unwrap().unwrap().version
    }

    fn documents_of(&self, account: &Account) -> usize {
        self.index.all().values().filter(|one| one.account_id == account.id).count()
    }
}

#[tokio::test]
async fn poison_delays_its_own_account_only() {
    let scene = Scene::new().await;
    let places: Vec<_> = scene
        .parking
        .all()
        .into_iter()
        .map(|row| (row.projection, row.account_id.to_string(), row.version))
        .collect();
    let expected = Projection::READ_MODELS.map(|projection| (projection, "poisoned".to_owned(), 4));
    assert_eq!(places, expected);
    assert_eq!((scene.version(&scene.poisoned).await, scene.documents_of(&scene.poisoned)), (3, 5));
    assert_eq!((scene.version(&scene.sound).await, scene.documents_of(&scene.sound)), (6, 6));
}

#[tokio::test]
async fn a_redrive_after_mending_brings_the_account_up_to_date_and_takes_the_row_away() {
    let scene = Scene::new().await;
    scene.mend();
    for projection in Projection::READ_MODELS {
        assert_eq!(scene.redrive(projection).await, Some(Redriven::UpToDate { version: 6 }));
        assert_eq!(scene.redrive(projection).await, None, "it is parked no more");
    }
    assert_eq!(scene.parking.all(), []);
    let row = scene.table.read(&scene.poisoned.id, Consistency::Strong).await.unwrap();
    assert_eq!(row, Some(scene.poisoned.summary()));
    assert_eq!(scene.documents_of(&scene.poisoned), transactions_of(&scene.poisoned).len());
}

#[tokio::test]
async fn a_redrive_that_fails_again_keeps_the_row_with_the_new_reason_and_the_old_time() {
    let scene = Scene::new().await;
    let before = scene.parking.all();
    scene.mend();
    scene.poison(6, "MoneyLost");
    for (projection, before) in Projection::READ_MODELS.into_iter().zip(before) {
        let Some(Redriven::StillParked(parked)) = scene.redrive(projection).await else { panic!() };
        assert_eq!((parked.version, parked.parked_at), (6, before.parked_at));
        assert!(parked.reason.contains("MoneyLost"), "{}", parked.reason);
        assert!(scene.parking.all().contains(&parked));
    }
    assert_eq!((scene.version(&scene.poisoned).await, scene.documents_of(&scene.poisoned)), (5, 6));
}

#[tokio::test]
async fn what_is_not_parked_is_not_redriven() {
    let scene = Scene::new().await;
    let id = ParkedId { projection: Projection::AccountSummary, account_id: scene.sound.id.clone() };
    let redrive = Redrive::new(
        scene.store.clone(),
        scene.table.clone(),
        scene.index.clone(),
        scene.parking.clone(),
        (),
    );
    assert_eq!(redrive.redrive_one(&id).await.unwrap(), None);
}

#[tokio::test]
async fn a_later_version_that_was_not_parked_behind_an_earlier_one_is_not_lost() {
    let scene = Scene::new().await;
    // As long as the account is parked at version 4, poison at version 6 leaves no row of its own.
    scene.poison(6, "MoneyLost");
    let id = scene.poisoned.id.clone();
    scene.parking.park(&Parked::new(Projection::AccountSummary, id, 6, "later")).await.unwrap();
    assert_eq!(scene.parking.all()[0].version, 4);
    scene.store.tamper(&StreamId::account(&scene.poisoned.id), |commits| {
        commits.insert(4, scene.poisoned.commits[3].clone());
    });
    let Some(Redriven::StillParked(parked)) = scene.redrive(Projection::AccountSummary).await else {
        panic!()
    };
    assert_eq!(parked.version, 6);
    assert_eq!(scene.version(&scene.poisoned).await, 5);
}

/// A parking lot that takes a row away only after one more commit has come, which its projector cannot park: it finds
/// the account parked at an earlier version.
#[derive(Clone)]
struct LateParking {
    inner: MemoryParking,
    store: MemoryEventStore,
    commit: Commit,
    parked: Parked,
}

impl Parking for LateParking {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        self.inner.park(parked).await
    }
}

impl ParkingLot for LateParking {
    async fn find(&self, id: &ParkedId) -> Result<Option<Parked>, TableError> {
        self.inner.find(id).await
    }

    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, TableError> {
        self.inner.page(projection, after, limit).await
    }

    async fn renew(&self, seen: &Parked, parked: &Parked) -> Result<Written, TableError> {
        self.inner.renew(seen, parked).await
    }

    async fn remove(&self, seen: &Parked) -> Result<Written, TableError> {
        self.store.overwrite(std::slice::from_ref(&self.commit));
        self.inner.park(&self.parked).await?;
        self.inner.remove(seen).await
    }
}

#[tokio::test]
async fn poison_that_comes_just_before_the_row_is_taken_away_is_parked_all_the_same() {
    for projection in Projection::READ_MODELS {
        let scene = Scene::new().await;
        scene.mend();
        let mut longer = with_deposits("poisoned");
        longer.deposits("1");
        let mut commit = longer.commits.pop().unwrap();
        commit.events = commit.events.replace("MoneyDeposited", "MoneyLost");
        let parked = Parked::new(projection, scene.poisoned.id.clone(), 7, "by its projector");
        let parking =
            LateParking { inner: scene.parking.clone(), store: scene.store.clone(), commit, parked };
        let redrive =
            Redrive::new(scene.store.clone(), scene.table.clone(), scene.index.clone(), parking, ());
        let outcome = redrive.redrive_one(&scene.id(projection)).await.unwrap();
        assert!(matches!(outcome, Some(Redriven::StillParked(Parked { version: 7, .. }))), "{outcome:?}");
        let parked = scene.parking.find(&scene.id(projection)).await.unwrap().unwrap();
        assert_eq!(parked.version, 7);
    }
}
