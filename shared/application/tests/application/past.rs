//! The past: what was is found again by version and by time.

use application::{
    Stream, StreamId,
    codec::{self, Accounts},
    ports::EventStore,
};

use crate::bank::{Bank, deposit, id, usd};

#[tokio::test]
async fn each_commit_carries_the_hash_of_all_before_it() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    for amount in 1..=5 {
        bank.change("alice", "a", deposit(amount)).await.unwrap();
    }
    let commits = bank.store.read(&StreamId::account(&id("a")), 1, 100).await.unwrap();
    let mut previous = None;
    for commit in &commits {
        assert_eq!(commit.hash, commit.chain_hash(previous));
        previous = Some(commit.hash);
    }
    let mut edited = commits[2].clone();
    edited.events = edited.events.replace("2.00", "9.00");
    assert_ne!(edited.chain_hash(Some(commits[1].hash)), edited.hash);
}

#[tokio::test]
async fn a_state_of_another_schema_is_folded_anew_from_the_events() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    bank.change("alice", "a", deposit(11)).await.unwrap();
    let mut newest = bank.store.newest(&StreamId::account(&id("a"))).await.unwrap().unwrap();
    newest.state = r#"{"schema":0,"data":{"what":"nobody can read any more"}}"#.to_owned();
    assert!(codec::state::<Accounts>(&newest).unwrap().is_none());
    let stream = Stream::<Accounts>::at(&bank.store, newest).await.unwrap();
    assert_eq!((stream.version, stream.state.unwrap().balance), (2, usd(111)));
}

#[tokio::test]
async fn an_unknown_event_stops_the_account_loudly() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    let mut newest = bank.store.newest(&StreamId::account(&id("a"))).await.unwrap().unwrap();
    newest.events = newest.events.replace("AccountCreated", "AccountCreatedByMagic");
    let error = codec::events::<Accounts>(&newest).unwrap_err();
    assert_eq!(error.to_string(), "event type AccountCreatedByMagic version 1 is unknown");
}
