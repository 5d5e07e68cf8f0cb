//! The stored forms, locked: a file of these may be added, never edited, because what was stored once has to be read
//! for ever.

use application::{
    StreamId,
    codec::{self, Accounts, Holders},
    ports::EventStore,
};

use crate::bank::{Bank, close, deposit, freeze, id, withdraw};

/// The history whose stored form is locked: each kind of event once.
async fn every_event() -> Bank {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    bank.open("bob", "b", 100).await.unwrap();
    bank.change("alice", "a", deposit(50)).await.unwrap();
    bank.transfer("alice", "a", "b", 200).await.unwrap();
    bank.change("admin", "a", freeze()).await.unwrap();
    let reason = "cleared".to_owned().try_into().unwrap();
    bank.change("admin", "a", domain::account::Command::Unfreeze { reason }).await.unwrap();
    bank.change("alice", "a", withdraw(348)).await.unwrap();
    bank.change("alice", "a", close()).await.unwrap();
    bank
}

#[tokio::test]
async fn the_stored_form_of_every_event_and_state_is_as_it_always_was() {
    let bank = every_event().await;
    let lines: Vec<String> = bank
        .store
        .all()
        .into_iter()
        .map(|commit| {
            let (stream, version, at) = (&commit.stream, commit.version, commit.timestamp);
            format!(
                "{stream} {version} {at}\n  {}\n  {}\n  {}\n",
                commit.events, commit.state, commit.metadata
            )
        })
        .collect();
    insta::assert_snapshot!("every_event_v1", lines.concat());
}

#[tokio::test]
async fn every_stored_event_is_read_back() {
    let bank = every_event().await;
    for commit in bank.store.all() {
        match commit.stream.account_id() {
            Some(_) => drop(codec::events::<Accounts>(&commit).unwrap()),
            None => drop(codec::events::<Holders>(&commit).unwrap()),
        }
    }
    let newest = bank.store.newest(&StreamId::account(&id("a"))).await.unwrap().unwrap();
    assert_eq!(codec::last_version(&newest).unwrap(), 7);
}
