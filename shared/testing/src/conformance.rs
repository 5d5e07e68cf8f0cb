//! What every event store has to do, and with [`records`] every command store.
//!
//! [`event_store_conformance!`](crate::event_store_conformance),
//! [`command_store_conformance!`](crate::command_store_conformance),
//! [`segmented_store_conformance!`](crate::segmented_store_conformance) and
//! [`journal_conformance!`](crate::journal_conformance) make a test of each of these functions over one store.

pub mod journal;
pub mod records;
pub mod segments;

use application::{
    Commit,
    ports::{AppendError, EventStore},
};
use futures::future::join_all;

use crate::commits::{commit, commit_of, stream};

/// How many commits it takes that one page of a store (1 MiB in DynamoDB) does not hold them all.
const MORE_THAN_A_PAGE: u64 = 3_000;

/// Runs the whole suite over the store that `$open` gives: an `async fn(test_name: &str) -> impl EventStore`.
///
/// With `simulated` it is a function instead that runs a test over a store in a world of its own.
#[macro_export]
macro_rules! event_store_conformance {
    ($open:path $(, $simulated:ident)?) => {
        $crate::event_store_conformance! { $open $(, $simulated)? =>
            a_stream_without_commits_has_no_newest
            a_commit_reads_back_as_it_was_written
            the_loser_of_a_version_gets_the_winning_commit
            writers_of_one_and_of_three_events_from_one_version_collide
            of_many_concurrent_writers_exactly_one_wins
            the_newest_commit_is_the_one_with_the_highest_version
            reads_in_order_from_a_version_up_to_a_limit
            finds_the_newest_commit_until_a_version
            streams_with_a_common_beginning_do_not_mix
            a_transaction_adds_all_its_commits
            a_transaction_with_one_taken_version_adds_nothing_and_names_the_winner
            the_same_transaction_again_gets_its_own_commits_back
            of_transactions_racing_for_one_stream_exactly_one_wins
            reads_a_long_stream_to_its_end
            finds_commits_by_their_places_whichever_are_there
        }
    };
    ($open:path => $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $open(stringify!($name)).await;
                $crate::conformance::$name(&store).await;
            }
        )*
    };
    ($run:path, simulated => $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $run(|store| async move { $crate::conformance::$name(&store).await });
            }
        )*
    };
}

/// Runs the suite of [`records`] over the store that `$open` gives: an `async fn(test_name: &str) -> impl CommandStore`.
#[macro_export]
macro_rules! command_store_conformance {
    ($open:path $(, $simulated:ident)?) => {
        $crate::command_store_conformance! { $open $(, $simulated)? =>
            a_record_that_nobody_wrote_is_none
            a_record_reads_back_as_it_was_written
            a_record_is_written_once_and_the_second_writer_gets_it
            its_owner_and_nobody_else_replaces_a_record
            a_record_with_an_outcome_stays
            of_many_concurrent_claims_exactly_one_wins
            commits_and_their_record_are_added_together
            a_record_that_is_there_keeps_the_commits_out
            a_taken_version_keeps_the_record_out
            every_stream_is_listed_once
        }
    };
    ($open:path => $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let store = $open(stringify!($name)).await;
                $crate::conformance::records::$name(&store).await;
            }
        )*
    };
    ($run:path, simulated => $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $run(|store| async move { $crate::conformance::records::$name(&store).await });
            }
        )*
    };
}

async fn append(store: &impl EventStore, commits: &[Commit]) {
    store.append(commits).await.expect("the append succeeds");
}

fn winners(result: Result<(), AppendError>) -> Vec<Commit> {
    match result {
        Err(AppendError::Conflict { winners }) => winners,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

/// Nothing is no error.
pub async fn a_stream_without_commits_has_no_newest(store: &impl EventStore) {
    let id = stream("nothing");
    assert_eq!(store.newest(&id).await.unwrap(), None);
    assert_eq!(store.newest_until(&id, 7).await.unwrap(), None);
    assert_eq!(store.read(&id, 1, 10).await.unwrap(), []);
}

/// Byte for byte, or the hash would not hold.
pub async fn a_commit_reads_back_as_it_was_written(store: &impl EventStore) {
    let written = commit(&stream("one"), 1, "writer");
    append(store, std::slice::from_ref(&written)).await;
    let read = store.newest(&written.stream).await.unwrap().unwrap();
    assert_eq!(read, written);
    assert_eq!(read.chain_hash(None), read.hash);
}

/// The loser need not read again.
pub async fn the_loser_of_a_version_gets_the_winning_commit(store: &impl EventStore) {
    let winner = commit(&stream("one"), 1, "winner");
    append(store, std::slice::from_ref(&winner)).await;
    let lost = store.append(&[commit(&winner.stream, 1, "loser")]).await;
    assert_eq!(winners(lost), std::slice::from_ref(&winner));
    assert_eq!(store.read(&winner.stream, 1, 10).await.unwrap(), [winner]);
}

/// The key is the first version of a commit, not its last.
pub async fn writers_of_one_and_of_three_events_from_one_version_collide(store: &impl EventStore) {
    let three = commit_of(&stream("one"), 1, 3, "three");
    append(store, std::slice::from_ref(&three)).await;
    assert_eq!(winners(store.append(&[commit(&three.stream, 1, "one")]).await), [three]);
}

/// The lock is optimistic, and holds.
pub async fn of_many_concurrent_writers_exactly_one_wins(store: &impl EventStore) {
    let id = stream("contended");
    let tries = (0..20).map(|writer| {
        let id = id.clone();
        async move { store.append(&[commit(&id, 1, &format!("writer-{writer}"))]).await }
    });
    let results = join_all(tries).await;
    let stored = store.read(&id, 1, 10).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(winners(lost), stored);
    }
}

/// As a number: 10 comes after 9.
pub async fn the_newest_commit_is_the_one_with_the_highest_version(store: &impl EventStore) {
    let id = stream("growing");
    for version in 1..=12 {
        append(store, &[commit(&id, version, "writer")]).await;
        assert_eq!(store.newest(&id).await.unwrap().unwrap().version, version);
    }
}

/// Paging goes on from the version after the last one read.
pub async fn reads_in_order_from_a_version_up_to_a_limit(store: &impl EventStore) {
    let id = stream("read");
    for version in 1..=12 {
        append(store, &[commit(&id, version, "writer")]).await;
    }
    let versions = |page: Vec<Commit>| page.iter().map(|commit| commit.version).collect::<Vec<_>>();
    assert_eq!(versions(store.read(&id, 1, 5).await.unwrap()), [1, 2, 3, 4, 5]);
    assert_eq!(versions(store.read(&id, 9, 5).await.unwrap()), [9, 10, 11, 12]);
    assert_eq!(versions(store.read(&id, 13, 5).await.unwrap()), [0; 0]);
}

/// A version inside a commit is that commit's.
pub async fn finds_the_newest_commit_until_a_version(store: &impl EventStore) {
    let id = stream("past");
    append(store, &[commit(&id, 1, "writer")]).await;
    append(store, &[commit_of(&id, 2, 3, "writer")]).await;
    append(store, &[commit(&id, 5, "writer")]).await;
    for (version, found) in [(0, None), (1, Some(1)), (2, Some(2)), (4, Some(2)), (5, Some(5)), (99, Some(5))]
    {
        let commit = store.newest_until(&id, version).await.unwrap();
        assert_eq!(commit.map(|commit| commit.version), found, "until {version}");
    }
}

/// `account-1` is not the beginning of `account-10`.
pub async fn streams_with_a_common_beginning_do_not_mix(store: &impl EventStore) {
    append(store, &[commit(&stream("1"), 1, "writer")]).await;
    append(store, &[commit(&stream("10"), 1, "writer")]).await;
    append(store, &[commit(&stream("10"), 2, "writer")]).await;
    assert_eq!(store.newest(&stream("1")).await.unwrap().unwrap().version, 1);
    assert_eq!(store.read(&stream("1"), 1, 10).await.unwrap().len(), 1);
}

/// All.
pub async fn a_transaction_adds_all_its_commits(store: &impl EventStore) {
    let commits = [commit(&stream("from"), 1, "transfer"), commit(&stream("to"), 1, "transfer")];
    append(store, &commits).await;
    for commit in commits {
        assert_eq!(store.newest(&commit.stream).await.unwrap(), Some(commit));
    }
}

/// Or none, and the leg that failed is named by what stands there.
pub async fn a_transaction_with_one_taken_version_adds_nothing_and_names_the_winner(store: &impl EventStore) {
    let (from, to) = (stream("from"), stream("to"));
    let taken = commit(&to, 1, "winner");
    append(store, std::slice::from_ref(&taken)).await;
    let lost = store.append(&[commit(&from, 1, "transfer"), commit(&to, 1, "transfer")]).await;
    assert_eq!(winners(lost), [taken]);
    assert_eq!(store.newest(&from).await.unwrap(), None);
}

/// An answer that was lost is found again.
pub async fn the_same_transaction_again_gets_its_own_commits_back(store: &impl EventStore) {
    let commits = [commit(&stream("from"), 1, "transfer"), commit(&stream("to"), 1, "transfer")];
    append(store, &commits).await;
    assert_eq!(winners(store.append(&commits).await), commits);
}

/// Losers hear of a conflict or of contention, and never half win.
pub async fn of_transactions_racing_for_one_stream_exactly_one_wins(store: &impl EventStore) {
    let shared = stream("shared");
    let tries = (0..10).map(|writer| {
        let own = stream(&format!("own-{writer}"));
        let commits =
            [commit(&own, 1, &format!("writer-{writer}")), commit(&shared, 1, &format!("writer-{writer}"))];
        async move { store.append(&commits).await }
    });
    let results = join_all(tries).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (writer, result) in results.iter().enumerate() {
        let own = store.newest(&stream(&format!("own-{writer}"))).await.unwrap();
        assert_eq!(own.is_some(), result.is_ok(), "writer {writer}: {result:?}");
        let lost = matches!(result, Err(AppendError::Conflict { .. } | AppendError::Contended));
        assert!(result.is_ok() || lost, "writer {writer}: {result:?}");
    }
}

/// A page is not the end.
pub async fn reads_a_long_stream_to_its_end(store: &impl EventStore) {
    let id = stream("long");
    let versions: Vec<u64> = (1..=MORE_THAN_A_PAGE).collect();
    for chunk in versions.chunks(50) {
        join_all(chunk.iter().map(|version| {
            let commit = commit(&id, *version, &"writer".repeat(20));
            async move { append(store, &[commit]).await }
        }))
        .await;
    }
    let all = store.read(&id, 1, usize::MAX).await.unwrap();
    assert!(all.iter().map(|commit| commit.version).eq(versions));
    assert_eq!(store.newest(&id).await.unwrap().unwrap().version, MORE_THAN_A_PAGE);
}

/// What the journal names is found again, in few requests.
pub async fn finds_commits_by_their_places_whichever_are_there(store: &impl EventStore) {
    let streams: Vec<_> = (0..60).map(|number| stream(&format!("placed-{number}"))).collect();
    let mut expected = Vec::new();
    for stream in &streams {
        for commit in [commit_of(stream, 1, 2, "writer"), commit(stream, 3, "writer")] {
            append(store, std::slice::from_ref(&commit)).await;
            expected.push(commit);
        }
    }
    let absent = stream("placed-nowhere");
    let mut places: Vec<_> = expected.iter().map(|commit| (&commit.stream, commit.version)).collect();
    places.extend([(&streams[0], 2), (&streams[0], 4), (&absent, 1)]);
    let mut found = store.commits_at(&places).await.expect("the places are read");
    let place = |commit: &Commit| (commit.stream.clone(), commit.version);
    found.sort_by_key(place);
    expected.sort_by_key(place);
    assert_eq!(found, expected);
    assert_eq!(store.commits_at(&[]).await.expect("nothing is read"), []);
}
