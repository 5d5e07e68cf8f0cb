//! The form of a message, for good: messages of one deployment are read by the next.

use application::{
    Commit, StreamId,
    journal::{BLOCK_COMMITS_MAX, Journaled, Sequencer},
};
use read_models::{CommitMessage, Unreadable, message};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

/// Added to, never edited.
const GOLDEN_1: &str = include_str!("message-v1.json");
const GOLDEN_2: &str = include_str!("message-v2.json");

/// What SQS takes, in bytes.
const MESSAGE_BYTES_MAX: usize = 262_144;

fn commit() -> Commit {
    Commit {
        stream: StreamId::stored("account-a".to_owned()),
        version: 7,
        timestamp: "2026-11-24T09:30:00.25Z".parse().unwrap(),
        events: r#"[{"type":"AccountFrozen","v":1,"id":"t-7","data":{"reason":"잔액 ✓"}}]"#.to_owned(),
        state: r#"{"schema":1,"data":{}}"#.to_owned(),
        metadata: "{}".to_owned(),
        hash: std::array::from_fn(|index| u8::try_from(index).unwrap()),
    }
}

fn read(body: &str) -> Vec<Commit> {
    CommitMessage::parse(body).unwrap().into_commits().unwrap()
}

#[test]
fn a_message_is_read_as_it_was_once_written() {
    let reason = "an item is malformed".to_owned();
    let unreadable = Unreadable { stream: "account-b".to_owned(), version: 3, reason };
    for (golden, position, unreadable) in [(GOLDEN_1, None, vec![unreadable]), (GOLDEN_2, Some(41), vec![])] {
        let message = CommitMessage::parse(golden).unwrap();
        assert_eq!((message.position, &message.unreadable), (position, &unreadable));
        assert_eq!(message.into_commits().unwrap(), [commit()]);
    }
}

#[test]
fn a_message_is_written_as_it_always_was() {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(json(&message(41, &[commit()]).unwrap()), json(GOLDEN_2));
}

#[tokio::test]
async fn a_block_of_the_journal_fits_into_a_message_whatever_is_in_it() {
    let long = "\u{1}\"\\x잔".repeat(1_000);
    let commits: Vec<Commit> = (1..=150).map(|version| Commit { version, ..commit() }).collect();
    let (short, long) =
        (commits.clone(), commits.into_iter().map(|one| Commit { state: long.clone(), ..one }));
    for commits in [short, long.collect()] {
        let journal = MemoryJournal::default();
        let sequencer = Sequencer::new(MemoryEventStore::default(), journal, TestEnvironment::default());
        let blocks = sequencer.journal(commits.clone()).await.unwrap().blocks;
        assert!(blocks.iter().all(|journaled| journaled.commits.len() <= BLOCK_COMMITS_MAX));
        let mut read_back = Vec::new();
        for (first, commits) in blocks.iter().flat_map(Journaled::parts) {
            let body = message(first, commits).unwrap();
            assert!(body.len() <= MESSAGE_BYTES_MAX, "{} bytes", body.len());
            read_back.extend(read(&body));
        }
        assert_eq!(read_back, commits);
    }
}

#[test]
fn characters_that_sqs_refuses_are_escaped() {
    let odd = Commit { metadata: "{\"a\":\"\u{ffff}\u{fffe}\"}".to_owned(), ..commit() };
    let body = message(1, std::slice::from_ref(&odd)).unwrap();
    assert!(!body.contains(['\u{ffff}', '\u{fffe}']));
    assert_eq!(read(&body), [odd]);
}

#[test]
fn what_is_no_message_is_refused() {
    let golden = || GOLDEN_2.to_owned();
    for body in ["", "[]", "{}", r#"{"commits":[],"more":1}"#, &golden().replace("\"hash\"", "\"hush\"")] {
        assert!(CommitMessage::parse(body).is_err(), "{body}");
    }
    let short = CommitMessage::parse(&golden().replace("AAEC", "")).unwrap().into_commits();
    assert!(short.is_err(), "{short:?}");
}
