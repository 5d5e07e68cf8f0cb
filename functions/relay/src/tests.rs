//! A recorded batch of the stream against the handler.

use std::sync::Mutex;

use application::{
    Commit,
    journal::{Outbox, Position},
    ports::{EventStore as _, Journal as _, Projection},
};
use aws_lambda_events::dynamodb::Event;
use read_models::{
    parking::MemoryParking,
    relay::{Relay, RelayError},
};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

use crate::{handler::handle, queues::QueueError};

/// Queues that keep what they are sent, or take nothing.
#[derive(Default)]
struct KeepingQueues {
    sent: Mutex<Vec<(Position, Vec<Commit>)>>,
    is_closed: bool,
}

impl Outbox for &KeepingQueues {
    type Error = QueueError;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), QueueError> {
        if self.is_closed {
            return Err(QueueError::Unavailable { url: "history".to_owned(), source: "closed".into() });
        }
        self.sent.lock().unwrap().push((first, commits.to_vec()));
        Ok(())
    }
}

/// The batch that the summary projector is tested on: both read the same stream.
fn event() -> Event {
    serde_json::from_str(include_str!("../../summary-projector/fixtures/stream.json")).unwrap()
}

struct World {
    store: MemoryEventStore,
    journal: MemoryJournal,
    parking: MemoryParking,
}

impl World {
    fn new() -> Self {
        let (store, journal, parking) =
            (MemoryEventStore::default(), MemoryJournal::default(), MemoryParking::default());
        Self { store, journal, parking }
    }

    async fn relay(&self, queues: &KeepingQueues) -> Result<(), RelayError<QueueError>> {
        let (store, journal, parking) = (self.store.clone(), self.journal.clone(), self.parking.clone());
        let environment = TestEnvironment::default();
        let relay = Relay::new(store, journal, environment.clone(), queues, parking);
        handle(&relay, &environment, event()).await
    }
}

fn places(commits: &[Commit]) -> Vec<(&str, u64)> {
    commits.iter().map(|commit| (commit.stream.as_str(), commit.version)).collect()
}

#[tokio::test]
async fn commits_are_journaled_in_the_order_of_their_streams_and_handed_on_and_what_cannot_be_read_is_parked()
{
    let (world, queues) = (World::new(), KeepingQueues::default());
    // The same batch again is nothing new, also for another function that has never seen it.
    for _ in 0..2 {
        world.relay(&queues).await.unwrap();
        let sent = queues.sent.lock().unwrap();
        let [(first, commits)] = &sent[..] else { panic!("{sent:?}") };
        let mut of_account = places(commits);
        of_account.retain(|(stream, _)| *stream == "account-0192f7c1-a");
        assert_eq!(of_account, [1, 2, 3].map(|version| ("account-0192f7c1-a", version)));
        let [block] = world.journal.all().try_into().unwrap();
        assert_eq!((block.first, block.entries.len()), (*first, commits.len()));
        let [parked] = world.parking.all().try_into().unwrap();
        assert_eq!(
            (parked.projection, parked.account_id.as_str(), parked.version),
            (Projection::Journal, "broken", 4)
        );
    }
}

#[tokio::test]
async fn a_batch_that_was_journaled_and_not_handed_on_is_handed_on_when_it_comes_again() {
    let world = World::new();
    let closed = KeepingQueues { is_closed: true, ..KeepingQueues::default() };
    let failed = world.relay(&closed).await;
    assert!(matches!(failed, Err(RelayError::HandOn(_))), "{failed:?}");
    let [block] = world.journal.all().try_into().unwrap();
    assert_eq!(world.journal.handed_on().await.unwrap(), 1);

    // Whoever takes it up has the events table only.
    let batch: Vec<Commit> = event()
        .records
        .into_iter()
        .filter_map(|record| event_store::commit_from_image(record.change.new_image).ok())
        .collect();
    for commit in batch {
        let _ = world.store.append(&[commit]).await;
    }
    let open = KeepingQueues::default();
    world.relay(&open).await.unwrap();
    let [(first, commits)] = &open.sent.into_inner().unwrap()[..] else { panic!("one message") };
    let entries: Vec<_> = block.entries.iter().map(|entry| (entry.stream.as_str(), entry.version)).collect();
    assert_eq!((*first, places(commits)), (block.first, entries));
    assert_eq!(world.journal.handed_on().await.unwrap(), block.end());
}
