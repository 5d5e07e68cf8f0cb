//! What the journal lacks is found and mended, of accounts and of holders; what cannot be read is parked, and redriven
//! once it can.

use application::{
    StreamId,
    journal::{CatchUp as _, Sequencer},
    ports::{EventStore as _, ParkedId, Projection, Redriven},
};
use read_models::{
    history::MemoryTransactionIndex,
    parking::MemoryParking,
    reconcile::{Difference, Kind, Mode, Reconcile, Scope},
    redrive::Redrive,
    summary::MemorySummaryTable,
};
use testing::{
    MemoryEventStore, MemoryJournal, TestEnvironment,
    commits::{commit, stream},
};

type MemorySequencer = Sequencer<MemoryEventStore, MemoryJournal, TestEnvironment>;
type MemoryRedrive =
    Redrive<MemoryEventStore, MemorySummaryTable, MemoryTransactionIndex, MemoryParking, MemorySequencer>;

#[derive(Default)]
struct Scene {
    store: MemoryEventStore,
    journal: MemoryJournal,
    parking: MemoryParking,
}

impl Scene {
    fn sequencer(&self) -> MemorySequencer {
        Sequencer::new(self.store.clone(), self.journal.clone(), TestEnvironment::default())
    }

    fn redrive(&self) -> MemoryRedrive {
        let (table, index) = (MemorySummaryTable::default(), MemoryTransactionIndex::default());
        Redrive::new(self.store.clone(), table, index, self.parking.clone(), self.sequencer())
    }

    async fn append(&self, id: &StreamId, versions: std::ops::RangeInclusive<u64>) {
        for version in versions {
            self.store.append(&[commit(id, version, "somebody")]).await.unwrap();
        }
    }

    async fn run(&self, mode: Mode) -> Vec<(String, Kind, u64, bool)> {
        let scope = Scope { projection: Some(Projection::Journal), account_id: None };
        let mut found = Vec::new();
        let on =
            |progress: read_models::reconcile::Progress<'_>| {
                if let read_models::reconcile::Progress::Compared(differences) = progress {
                    found.extend(differences.iter().map(|one: &Difference| {
                        (one.account_id.clone(), one.kind, one.version, one.repaired)
                    }));
                }
            };
        let reconcile = Reconcile::new(self.redrive(), TestEnvironment::default(), mode);
        reconcile.run(&scope, on).await.unwrap();
        found.sort();
        found
    }
}

#[tokio::test]
async fn what_the_journal_lacks_is_found_and_journaled() {
    let (scene, holder) = (Scene::default(), StreamId::stored("holder-alice".to_owned()));
    for (id, journaled, all) in [(stream("a"), 2, 5), (stream("b"), 3, 3), (holder.clone(), 0, 2)] {
        scene.append(&id, 1..=journaled).await;
        if journaled > 0 {
            scene.sequencer().catch_up(&id).await.unwrap();
        }
        scene.append(&id, journaled + 1..=all).await;
    }
    let lacking = |repaired| {
        [("a", 3), ("holder-alice", 1)]
            .map(|(name, version)| (name.to_owned(), Kind::JournalBehind, version, repaired))
    };
    assert_eq!(scene.run(Mode::Check).await, lacking(false));
    assert_eq!(scene.run(Mode::Repair).await, lacking(true));
    assert_eq!(scene.run(Mode::Check).await, []);
    assert_eq!(scene.sequencer().journaled(&holder, u64::MAX).await.unwrap(), 2);
}

#[tokio::test]
async fn a_stream_that_the_journal_cannot_take_is_parked_and_redriven_when_it_can() {
    let (scene, id) = (Scene::default(), stream("poisoned"));
    scene.append(&id, 1..=3).await;
    let whole = commit(&id, 2, "somebody");
    scene.store.tamper(&id, |commits| {
        commits.get_mut(&2).unwrap().events = "not JSON".to_owned();
    });
    assert_eq!(scene.run(Mode::Repair).await, [("poisoned".to_owned(), Kind::EventsUnreadable, 2, false)]);
    let parked = ParkedId { projection: Projection::Journal, account_id: "poisoned".parse().unwrap() };
    let stuck = scene.redrive().redrive_one(&parked).await.unwrap();
    assert!(matches!(stuck, Some(Redriven::StillParked(_))), "{stuck:?}");

    scene.store.tamper(&id, |commits| _ = commits.insert(2, whole));
    let redriven = scene.redrive().redrive_one(&parked).await.unwrap();
    assert_eq!(redriven, Some(Redriven::UpToDate { version: 3 }));
    assert_eq!(scene.redrive().redrive_one(&parked).await.unwrap(), None);
}
