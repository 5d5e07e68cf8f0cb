//! What every command store has to do beyond keeping commits.

use application::{
    CommandRecord, CommitRef, Outcome, Refusal, Span, StreamId,
    ports::{AppendError, CommandStore, Consistency, RecordError, StreamCatalog},
};
use domain::{Currency, Money, Timestamp, account, holder};
use futures::future::join_all;
use uuid::Uuid;

use crate::commits::{commit, stream};

/// A record of a command on one stream, as it is before there is an outcome.
fn record(command: u128, owner: u128) -> CommandRecord {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
    CommandRecord {
        command_id: Uuid::from_u128(command),
        user_id: "alice".parse().unwrap(),
        fingerprint: [7; 32],
        path: "/v1/accounts/a/deposits".to_owned(),
        request_id: "request-잔액".to_owned(),
        account_id: Some("a".parse().unwrap()),
        owner: Uuid::from_u128(owner),
        started_at: at(1_767_225_600),
        earlier: Vec::new(),
        leased_until: at(1_767_225_615),
        expires_at: at(4_000_000_000),
        outcome: None,
    }
}

fn refused(record: CommandRecord) -> CommandRecord {
    let refusal = Refusal::VersionMismatch { expected: 1, actual: 2 };
    CommandRecord { outcome: Some(Outcome::Refused(refusal)), ..record }
}

fn taken(result: Result<(), RecordError>) -> Option<CommandRecord> {
    match result {
        Err(RecordError::Taken(existing)) => existing.map(|existing| *existing),
        other => panic!("another record was expected, not {other:?}"),
    }
}

async fn read(store: &impl CommandStore, command: u128) -> Option<CommandRecord> {
    store.record(Uuid::from_u128(command), Consistency::Strong).await.unwrap()
}

/// Nothing is no error, but nothing to replace either.
pub async fn a_record_that_nobody_wrote_is_none(store: &impl CommandStore) {
    assert_eq!(read(store, 1).await, None);
    assert_eq!(taken(store.put_record(&record(1, 2), Some(Uuid::from_u128(1))).await), None);
    assert_eq!(read(store, 1).await, None);
}

/// Every outcome there is.
pub async fn a_record_reads_back_as_it_was_written(store: &impl CommandStore) {
    let usd = Money::whole(7, Currency::USD);
    let refusals = [
        Refusal::Account(account::Rejection::InsufficientFunds { available: usd, required: usd }),
        Refusal::Account(account::Rejection::AmountNotPositive),
        Refusal::Holder(holder::Rejection::AccountLimitReached { limit: 5 }),
        Refusal::AccountNotFound("a".parse().unwrap()),
        Refusal::ReceiverNotFound("a".parse().unwrap()),
        Refusal::AccountAlreadyExists("a".parse().unwrap()),
        Refusal::VersionMismatch { expected: 1, actual: 2 },
    ];
    let succeeded = Outcome::Succeeded(vec![CommitRef { stream: "account-a".to_owned(), version: 7 }]);
    let outcomes = refusals.into_iter().map(Outcome::Refused).chain([succeeded]).map(Some).chain([None]);
    for (command, outcome) in (1..).zip(outcomes) {
        let account_id = record(command, 1).account_id.filter(|_| outcome.is_none());
        let written = CommandRecord { outcome, account_id, ..record(command, 1) };
        store.put_record(&written, None).await.unwrap();
        assert_eq!(read(store, command).await, Some(written));
    }
    let earlier =
        vec![record(1, 1).span(), Span { from: Timestamp::from_micros(1).unwrap(), ..record(1, 1).span() }];
    let written = CommandRecord { earlier, ..record(1_000, 1) };
    store.put_record(&written, None).await.unwrap();
    assert_eq!(read(store, 1_000).await, Some(written));
}

/// The second need not read.
pub async fn a_record_is_written_once_and_the_second_writer_gets_it(store: &impl CommandStore) {
    store.put_record(&record(1, 1), None).await.unwrap();
    assert_eq!(taken(store.put_record(&record(1, 2), None).await), Some(record(1, 1)));
    assert_eq!(read(store, 1).await, Some(record(1, 1)));
}

/// Taking over names who had it.
pub async fn its_owner_and_nobody_else_replaces_a_record(store: &impl CommandStore) {
    store.put_record(&record(1, 1), None).await.unwrap();
    store.put_record(&record(1, 2), Some(Uuid::from_u128(1))).await.unwrap();
    assert_eq!(taken(store.put_record(&record(1, 3), Some(Uuid::from_u128(1))).await), Some(record(1, 2)));
    assert_eq!(read(store, 1).await, Some(record(1, 2)));
}

/// Also against its owner.
pub async fn a_record_with_an_outcome_stays(store: &impl CommandStore) {
    store.put_record(&record(1, 1), None).await.unwrap();
    let decided = refused(record(1, 1));
    store.put_record(&decided, Some(Uuid::from_u128(1))).await.unwrap();
    let again = store.put_record(&record(1, 2), Some(Uuid::from_u128(1))).await;
    assert_eq!(taken(again), Some(decided.clone()));
    assert_eq!(read(store, 1).await, Some(decided));
}

/// One claims a new command, and one takes it over.
pub async fn of_many_concurrent_claims_exactly_one_wins(store: &impl CommandStore) {
    for over in [None, Some(1_000)] {
        let claims = (1..=20).map(|owner| {
            let (record, over) = (record(1, owner + over.unwrap_or_default()), over.map(Uuid::from_u128));
            async move { store.put_record(&record, over).await }
        });
        let results = join_all(claims).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let stored = read(store, 1).await.unwrap();
        for lost in results.into_iter().filter(Result::is_err) {
            assert_eq!(taken(lost), Some(stored.clone()));
        }
        store.put_record(&record(1, 1_000), Some(stored.owner)).await.unwrap();
    }
}

/// All.
pub async fn commits_and_their_record_are_added_together(store: &impl CommandStore) {
    let commits = [commit(&stream("from"), 1, "transfer"), commit(&stream("to"), 1, "transfer")];
    store.append_with_record(&commits, &record(1, 1)).await.unwrap();
    for commit in commits {
        assert_eq!(store.newest(&commit.stream).await.unwrap(), Some(commit));
    }
    assert_eq!(read(store, 1).await, Some(record(1, 1)));
}

/// Or none; and the record is what counts, also if the commits are in the way of themselves.
pub async fn a_record_that_is_there_keeps_the_commits_out(store: &impl CommandStore) {
    let commits = [commit(&stream("from"), 1, "first"), commit(&stream("to"), 1, "first")];
    store.append_with_record(&commits, &record(1, 1)).await.unwrap();
    let others = [commit(&stream("from"), 2, "second"), commit(&stream("to"), 2, "second")];
    for again in [commits, others] {
        match store.append_with_record(&again, &record(1, 2)).await {
            Err(AppendError::Recorded(existing)) => assert_eq!(*existing, record(1, 1)),
            other => panic!("the record was expected, not {other:?}"),
        }
    }
    assert_eq!(store.newest(&stream("from")).await.unwrap().unwrap().version, 1);
}

/// Or none: a command that lost may be decided again.
pub async fn a_taken_version_keeps_the_record_out(store: &impl CommandStore) {
    let winner = commit(&stream("to"), 1, "winner");
    store.append(std::slice::from_ref(&winner)).await.unwrap();
    let commits = [commit(&stream("from"), 1, "loser"), commit(&stream("to"), 1, "loser")];
    match store.append_with_record(&commits, &record(1, 1)).await {
        Err(AppendError::Conflict { winners }) => assert_eq!(winners, [winner]),
        other => panic!("a conflict was expected, not {other:?}"),
    }
    assert_eq!(read(store, 1).await, None);
    assert_eq!(store.newest(&stream("from")).await.unwrap(), None);
}

/// Each once, whatever its kind and however long it is.
pub async fn every_stream_is_listed_once(store: &(impl CommandStore + StreamCatalog)) {
    for version in 1..=3 {
        store.append(&[commit(&stream("a"), version, "writer")]).await.unwrap();
    }
    let holder = StreamId::holder(&"alice".parse().unwrap());
    store.append(&[commit(&stream("b"), 1, "writer"), commit(&holder, 1, "writer")]).await.unwrap();
    let streams: Vec<StreamId> = store.streams().await.unwrap().into_iter().collect();
    assert_eq!(streams, [stream("a"), stream("b"), holder]);
}
