//! The stored forms, locked: what was stored once has to be read for ever.
//!
//! The snapshots say what is written now; where one changes, a version has been forgotten. The files in `golden` are
//! what was written before: they may be added, never edited.

use std::collections::BTreeMap;

use application::{
    Commit, CommitRef, Hash, Outcome, Refusal, StreamId,
    codec::{self, Accounts, Aggregate, Holders},
};
use domain::{
    Currency, Money, MoneyError,
    account::{AccountType, Event, FeeRule, Rejection, Status},
    holder,
};

use crate::bank::{Bank, change, close, deposit, freeze, id, open, usd, withdraw};

/// What was written until `MoneyWithdrawn` said which rule its fee comes from.
const BEFORE_FEE_RULES: &str = include_str!("golden/stored-2026-11-a.txt");

/// The history whose stored form is locked: each kind of event, with and without what is optional.
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
    let mut savings = open("carol", "c", 5_000);
    if let application::commands::Order::Open { open, .. } = &mut savings {
        open.account_type = AccountType::Savings;
        open.reference = Some("first".to_owned().try_into().unwrap());
    }
    bank.execute(&bank.request("carol"), &savings).await.unwrap();
    bank.execute(&bank.request("carol"), &change("c", withdraw(1_001))).await.unwrap();
    bank
}

fn written(commits: &[Commit]) -> String {
    let line = |commit: &Commit| {
        let (stream, version, at) = (&commit.stream, commit.version, commit.timestamp);
        format!("{stream} {version} {at}\n  {}\n  {}\n  {}\n", commit.events, commit.state, commit.metadata)
    };
    commits.iter().map(line).collect()
}

/// The commits of a golden file, by stream; they are written without their hashes.
fn golden(text: &str) -> BTreeMap<StreamId, Vec<Commit>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut streams: BTreeMap<StreamId, Vec<Commit>> = BTreeMap::new();
    for commit in lines.chunks_exact(4) {
        let head: Vec<&str> = commit[0].split(' ').collect();
        let stream = StreamId::stored(head[0].to_owned());
        streams.entry(stream.clone()).or_default().push(Commit {
            stream,
            version: head[1].parse().unwrap(),
            timestamp: head[2].parse().unwrap(),
            events: commit[1].trim().to_owned(),
            state: commit[2].trim().to_owned(),
            metadata: commit[3].trim().to_owned(),
            hash: Hash::default(),
        });
    }
    streams
}

fn fold<A: Aggregate>(commits: &[Commit]) -> A::State {
    let mut state = None;
    for commit in commits {
        codec::metadata(commit).unwrap();
        for recorded in codec::events::<A>(commit).unwrap() {
            state = Some(A::evolve(state, &recorded.event, recorded.timestamp).unwrap());
        }
    }
    state.unwrap()
}

#[tokio::test]
async fn events_states_and_metadata_are_written_as_this_version_writes_them() {
    insta::assert_snapshot!("written_2026_11_b", written(&every_event().await.store.all()));
}

#[tokio::test]
async fn what_older_versions_wrote_is_read_like_what_this_one_writes() {
    let now = written(&every_event().await.store.all());
    for text in [BEFORE_FEE_RULES, &now] {
        for (stream, commits) in golden(text) {
            let last = commits.last().unwrap();
            // All states so far are of the schema that is written now, so they must be what the events fold to.
            let folded = match stream.account_id() {
                Some(_) => codec::state_text::<Accounts>(&fold::<Accounts>(&commits)),
                None => codec::state_text::<Holders>(&fold::<Holders>(&commits)),
            };
            assert_eq!(folded.unwrap(), last.state, "{stream}");
        }
    }
}

#[tokio::test]
async fn a_withdrawal_of_version_1_says_by_which_rule_its_fee_was_taken() {
    let now = every_event().await.store.all();
    let new = now.iter().find(|commit| commit.events.contains("fee_rule")).unwrap();
    let old_events =
        new.events.replace(r#""v":2"#, r#""v":1"#).replace(r#","fee_rule":"LARGE_SAVINGS_WITHDRAWAL""#, "");
    assert_ne!(old_events, new.events);
    let old = Commit { events: old_events, ..new.clone() };
    assert_eq!(codec::events::<Accounts>(&old).unwrap(), codec::events::<Accounts>(new).unwrap());
    let Event::MoneyWithdrawn(withdrawn) = codec::events::<Accounts>(&old).unwrap().remove(0).event else {
        panic!("a withdrawal was expected");
    };
    assert_eq!(withdrawn.fee_rule, Some(FeeRule::LargeSavingsWithdrawal));

    let mixed = Commit { events: new.events.replace(r#""v":2"#, r#""v":1"#), ..new.clone() };
    assert!(codec::events::<Accounts>(&mixed).is_err(), "version 1 never had a rule");
    let future = Commit { events: new.events.replace(r#""v":2"#, r#""v":3"#), ..new.clone() };
    let error = codec::events::<Accounts>(&future).unwrap_err();
    assert_eq!(error.to_string(), "event type MoneyWithdrawn version 3 is unknown");
}

/// Found by the fuzz target `commit`.
#[tokio::test]
async fn a_commit_whose_events_have_no_room_is_unreadable_and_nothing_worse() {
    let commit = every_event().await.store.all().remove(0);
    for (version, has_room) in [(u64::MAX - 2, true), (u64::MAX - 1, false), (u64::MAX, false)] {
        let commit = Commit { version, ..commit.clone() };
        let versions = codec::events::<Accounts>(&commit).map(|events| events[0].version);
        assert_eq!(versions.ok(), has_room.then_some(version));
        assert_eq!(codec::last_version(&commit).ok(), has_room.then_some(version));
    }
}

/// Records live for a week, so a replay after a deployment reads what the version before wrote.
#[test]
fn outcomes_of_commands_are_written_as_they_always_were() {
    let (balance, status) = (usd(7), Status::Frozen);
    let currency = |code: &str| code.to_owned();
    let rejections = [
        Rejection::InvalidAmount(MoneyError::TooManyMinorDigits {
            currency: currency("JPY"),
            allowed: 0,
            given: 2,
        }),
        Rejection::AmountNotPositive,
        Rejection::InsufficientFunds { available: balance, required: Money::zero(Currency::USD) },
        Rejection::AccountInactive { status },
        Rejection::AccountNotFrozen { status },
        Rejection::BalanceNotZero { balance },
        Rejection::BalanceLimitExceeded { balance },
        Rejection::MinimumDepositNotMet { minimum: balance, offered: balance },
        Rejection::ReceiverInactive,
        Rejection::ReceiverLimitExceeded,
        Rejection::SameAccountTransfer,
        Rejection::CurrencyMismatch { expected: currency("USD"), given: currency("EUR") },
        Rejection::InvalidAccountType { given: "GOLD".to_owned() },
    ];
    let refusals = rejections.into_iter().map(Refusal::Account).chain([
        Refusal::Holder(holder::Rejection::AccountLimitReached { limit: 5 }),
        Refusal::AccountNotFound(id("a")),
        Refusal::ReceiverNotFound(id("a")),
        Refusal::AccountAlreadyExists(id("a")),
        Refusal::VersionMismatch { expected: 1, actual: 2 },
    ]);
    let succeeded = Outcome::Succeeded(vec![CommitRef { stream: "account-a".to_owned(), version: 7 }]);
    let lines: Vec<String> = refusals
        .map(Outcome::Refused)
        .chain([succeeded])
        .map(|outcome| {
            let text = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
            text + "\n"
        })
        .collect();
    insta::assert_snapshot!("outcomes_2026_11", lines.concat());
}
