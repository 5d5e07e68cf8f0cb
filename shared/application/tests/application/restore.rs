//! What somebody has deleted comes back as it was, and nothing else changes.

use application::{
    StreamId,
    ports::{EventStore as _, StreamCatalog as _},
    restore::{Restored, restore},
    verify::verify,
};
use testing::MemoryEventStore;

use crate::bank::{Bank, deposit};

async fn bank() -> Bank {
    let bank = Bank::new();
    bank.open("alice", "a", 1_000).await.unwrap();
    // More than a page.
    for amount in 1..=150 {
        bank.change("alice", "a", deposit(amount)).await.unwrap();
    }
    bank
}

async fn copy(store: &MemoryEventStore) -> MemoryEventStore {
    let copy = MemoryEventStore::default();
    copy.overwrite(&store.all());
    copy
}

#[tokio::test]
async fn missing_commits_come_back_once_nothing_differs() {
    let bank = bank().await;
    let (store, backup) = (&bank.store, copy(&bank.store).await);
    let stream = StreamId::account(&"a".parse().unwrap());
    store.tamper(&stream, |commits| {
        for version in [1, 2, 101, 151] {
            commits.remove(&version);
        }
        commits.get_mut(&50).unwrap().events.push(' ');
    });
    let expected = Restored { missing: vec![1, 2, 101, 151], differing: vec![50] };
    assert_eq!(restore(&backup, store, &stream, true).await.unwrap(), expected);
    assert_eq!(restore(&backup, store, &stream, true).await.unwrap(), expected, "a check changes nothing");
    assert_eq!(restore(&backup, store, &stream, false).await.unwrap(), expected);
    assert_eq!(restore(&backup, store, &stream, false).await.unwrap(), expected, "nothing is put back");
    store.tamper(&stream, |commits| assert_eq!(commits.get_mut(&50).unwrap().events.pop(), Some(' ')));
    let restored = Restored { missing: vec![1, 2, 101, 151], differing: Vec::new() };
    assert_eq!(restore(&backup, store, &stream, false).await.unwrap(), restored);
    assert_eq!(restore(&backup, store, &stream, false).await.unwrap(), Restored::default());
    for stream in store.streams().await.unwrap() {
        assert!(verify(store, &stream, None).await.unwrap().is_ok(), "{stream}");
    }
}

#[tokio::test]
async fn a_backup_that_was_tampered_with_puts_nothing_back() {
    let bank = bank().await;
    let (store, backup) = (&bank.store, copy(&bank.store).await);
    let stream = StreamId::account(&"a".parse().unwrap());
    store.tamper(&stream, |commits| drop(commits.remove(&151)));
    backup.tamper(&stream, |commits| commits.get_mut(&151).unwrap().events.push(' '));
    let expected = Restored { missing: Vec::new(), differing: vec![151] };
    assert_eq!(restore(&backup, store, &stream, false).await.unwrap(), expected);
    assert_eq!(store.newest_until(&stream, 151).await.unwrap().unwrap().version, 150);
}
