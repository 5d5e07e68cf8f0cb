//! Poison parks its own account only, and once it is mended, a redrive brings the account up to date.

use application::{
    StreamId,
    ports::{EventStore as _, ParkedId, Projection, Redriven},
};
use read_models::{
    history::{HistoryProjector, MemoryTransactionIndex},
    pack,
    parking::{MemoryParking, Parked, Parking as _},
    redrive::Redrive,
    summary::{Consistency, MemorySummaryTable, SummaryProjector, SummaryTable as _},
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
        let bodies = pack(commits, []).unwrap();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let projector = HistoryProjector::new(self.index.clone(), parking);
        assert!(projector.project(&bodies).await.unwrap().iter().all(Result::is_ok));
    }

    async fn redrive(&self, projection: Projection) -> Option<Redriven> {
        let (store, table) = (self.store.clone(), self.table.clone());
        let redrive = Redrive::new(store, table, self.index.clone(), self.parking.clone());
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
    let expected = Projection::ALL.map(|projection| (projection, "poisoned".to_owned(), 4));
    assert_eq!(places, expected);
    assert_eq!((scene.version(&scene.poisoned).await, scene.documents_of(&scene.poisoned)), (3, 5));
    assert_eq!((scene.version(&scene.sound).await, scene.documents_of(&scene.sound)), (6, 6));
}

#[tokio::test]
async fn a_redrive_after_mending_brings_the_account_up_to_date_and_takes_the_row_away() {
    let scene = Scene::new().await;
    scene.mend();
    for projection in Projection::ALL {
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
    for (projection, before) in Projection::ALL.into_iter().zip(before) {
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
    let redrive =
        Redrive::new(scene.store.clone(), scene.table.clone(), scene.index.clone(), scene.parking.clone());
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
