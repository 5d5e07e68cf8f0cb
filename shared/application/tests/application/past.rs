//! The past: what was is found again by version and by time.

use application::{
    CommandError, Commit, QueryError, Stream, StreamId,
    codec::{self, Accounts},
    past::versions_in,
    ports::EventStore,
    queries::{Moment, Queries},
};
use domain::{Timestamp, account::Status};
use testing::{MemoryEventStore, commits::commit_of};

use crate::bank::{Bank, No, deposit, freeze, id, usd};

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
    bank.store.overwrite(&[newest]);
    let stopped = bank.change("alice", "a", deposit(11)).await;
    assert!(matches!(stopped, Err(No::Failed(CommandError::Damaged(_)))), "{stopped:?}");
    assert_eq!(bank.store.all().len(), 2);
}

#[tokio::test]
async fn the_whole_state_is_there_at_every_version_and_time() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    bank.change("alice", "a", deposit(11)).await.unwrap();
    bank.change("admin", "a", freeze()).await.unwrap();
    let queries = Queries::new(bank.store.clone(), (), (), bank.environment.clone());
    let alice = bank.request("alice").caller;
    let commits = bank.store.read(&StreamId::account(&id("a")), 1, 10).await.unwrap();
    let expected = [(usd(100), Status::Active), (usd(111), Status::Active), (usd(111), Status::Frozen)];
    for (commit, (balance, status)) in commits.iter().zip(expected) {
        for moment in [Moment::Version(commit.version), Moment::Time(commit.timestamp)] {
            let at = queries.account_at(&alice, &id("a"), moment).await.unwrap();
            assert_eq!((at.version, at.as_of, at.hash), (commit.version, commit.timestamp, commit.hash));
            assert_eq!((at.account.balance, at.account.status), (balance, status));
        }
    }
    let mallory = bank.request("mallory").caller;
    let foreign = queries.account_at(&mallory, &id("a"), Moment::Now).await;
    assert!(matches!(foreign, Err(QueryError::AccountNotFound(_))));
}

#[tokio::test]
async fn the_audit_trail_has_every_event_once_page_by_page_also_from_commits_of_several() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    for amount in 1..=3 {
        bank.change("alice", "a", deposit(amount)).await.unwrap();
    }
    // As if one command had made versions 2 to 4.
    let commits = bank.store.read(&StreamId::account(&id("a")), 1, 10).await.unwrap();
    let events: Vec<&str> =
        commits[1..].iter().map(|commit| commit.events.trim_matches(['[', ']'])).collect();
    let several = Commit { version: 2, events: format!("[{}]", events.join(",")), ..commits[3].clone() };
    let other = Bank::new();
    other.store.overwrite(&[commits[0].clone(), several]);

    for bank in [bank, other] {
        let queries = Queries::new(bank.store.clone(), (), (), bank.environment.clone());
        let alice = bank.request("alice").caller;
        for limit in [1, 2, 3, 4, 50] {
            let (mut after, mut seen) = (0, Vec::new());
            loop {
                let page = queries.audit_trail(&alice, &id("a"), after, limit).await.unwrap();
                assert!(page.events.len() <= limit);
                seen.extend(page.events.iter().map(|event| (event.version, event.stored.data.clone())));
                match page.events.last() {
                    Some(last) if page.has_more => after = last.version,
                    _ => break,
                }
            }
            let versions: Vec<u64> = seen.iter().map(|(version, _)| *version).collect();
            assert_eq!(versions, [1, 2, 3, 4]);
            assert_eq!(seen[2].1["amount"], "2.00 USD");
        }
        let behind = queries.audit_trail(&alice, &id("a"), 4, 10).await.unwrap();
        assert!(behind.events.is_empty() && !behind.has_more);
    }
}

/// What is not there is no reason to stop looking: the newest of those that are is found.
#[tokio::test]
async fn any_time_of_a_history_that_lacks_commits_is_found() {
    for seed in 0..150 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (store, account_id) = (MemoryEventStore::default(), id("a"));
        let stream = StreamId::account(&account_id);
        let mut there = Vec::new();
        let length = rng.u64(2..600);
        let (from, to) = (rng.u64(1..length), rng.u64(1..length));
        for version in 1..=length {
            let timestamp = Timestamp::from_micros(i64::try_from(version).unwrap() * 10).unwrap();
            let is_lacking = (from..=to).contains(&version) || rng.u32(..10) == 0;
            if version == length || !is_lacking {
                let commit = Commit { timestamp, ..commit_of(&stream, version, 1, "somebody") };
                there.push(commit);
            }
        }
        store.overwrite(&there);
        for _ in 0..20 {
            let version = rng.u64(0..length);
            let at = Timestamp::from_micros(i64::try_from(version).unwrap() * 10 + 5).unwrap();
            let expected = there.iter().map(|commit| commit.version).rfind(|there| *there <= version);
            let found = versions_in(&store, &account_id, at, at).await.unwrap();
            assert_eq!(found.1, expected.unwrap_or_default(), "seed {seed}: {at}");
        }
    }
}

/// Lengths, commits of one event and of many, and times as they come.
#[tokio::test]
async fn any_period_of_any_history_is_found() {
    for seed in 0..150 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (store, account_id) = (MemoryEventStore::default(), id("a"));
        let (mut commits, mut version, mut at) = (Vec::new(), 1, 1_000_000_i64);
        for _ in 0..rng.u32(0..600) {
            let count = if rng.u32(..3) == 0 { rng.u64(1..60) } else { 1 };
            at += if rng.u32(..20) == 0 { rng.i64(1..1_000_000_000) } else { rng.i64(1..3) };
            let timestamp = Timestamp::from_micros(at).unwrap();
            let commit = commit_of(&StreamId::account(&account_id), version, count, "somebody");
            commits.push((timestamp, version + count - 1));
            store.append(&[Commit { timestamp, ..commit }]).await.unwrap();
            version += count;
        }
        for _ in 0..40 {
            let mut time = || match commits.get(rng.usize(..=commits.len())) {
                Some((at, _)) if rng.bool() => *at,
                _ => Timestamp::from_micros(rng.i64(0..at + 10)).unwrap(),
            };
            let (from, to) = (time(), time());
            let until = commits.iter().rfind(|(at, _)| *at <= to).map_or(0, |(_, last)| *last);
            let before = commits.iter().rfind(|(at, _)| *at < from.min(to)).map_or(0, |(_, last)| *last);
            let found = versions_in(&store, &account_id, from.min(to), to).await.unwrap();
            assert_eq!(found, (before, until), "seed {seed}: {from} to {to}");
        }
    }
}
