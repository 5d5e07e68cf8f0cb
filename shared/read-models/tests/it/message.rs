//! The form of a message, for good: messages of one deployment are read by the next.

use application::{Commit, StreamId};
use read_models::{CommitMessage, MESSAGE_BYTES_MAX, MESSAGE_COMMITS_MAX, Unreadable, pack};

use crate::account::Account;

/// Added to, never edited.
const GOLDEN: &str = include_str!("message-v1.json");

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

fn unreadable() -> Unreadable {
    Unreadable { stream: "account-b".to_owned(), version: 3, reason: "an item is malformed".to_owned() }
}

fn read(bodies: &[String]) -> Vec<Commit> {
    let commits = bodies.iter().map(|body| CommitMessage::parse(body).unwrap().into_commits().unwrap());
    commits.flatten().collect()
}

#[test]
fn a_message_is_read_as_it_was_once_written() {
    let message = CommitMessage::parse(GOLDEN).unwrap();
    assert_eq!(message.unreadable, [unreadable()]);
    assert_eq!(message.into_commits().unwrap(), [commit()]);
}

#[test]
fn a_message_is_written_as_it_always_was() {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let [commits, unreadable] = pack(vec![commit()], [unreadable()]).unwrap().try_into().unwrap();
    let written = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap();
    assert_eq!(written(&commits), serde_json::json!({ "commits": golden["commits"] }));
    let expected = serde_json::json!({ "commits": [], "unreadable": golden["unreadable"] });
    assert_eq!(written(&unreadable), expected);
}

#[test]
fn commits_are_packed_in_order_into_few_messages() {
    let mut account = Account::checking("a");
    for _ in 1..250 {
        account.deposits("1");
    }
    let bodies = pack(account.commits.clone(), []).unwrap();
    assert_eq!(bodies.len(), 250_usize.div_ceil(MESSAGE_COMMITS_MAX));
    assert_eq!(read(&bodies), account.commits);
    assert_eq!(pack(Vec::new(), []).unwrap(), [""; 0]);
}

#[test]
fn no_message_is_longer_than_a_queue_takes() {
    let long = |version| Commit { version, metadata: "x".repeat(30_000), ..commit() };
    let commits: Vec<Commit> = (1..=20).map(long).collect();
    let bodies = pack(commits.clone(), []).unwrap();
    assert!(bodies.iter().all(|body| body.len() <= MESSAGE_BYTES_MAX));
    assert_eq!(bodies.len(), 4, "six to a message");
    assert_eq!(read(&bodies), commits);
}

#[test]
fn a_commit_too_long_for_any_message_goes_as_unreadable() {
    let long = Commit { version: 8, metadata: "x".repeat(MESSAGE_BYTES_MAX), ..commit() };
    let bodies = pack(vec![commit(), long], []).unwrap();
    assert_eq!(read(&bodies), [commit()]);
    let last = CommitMessage::parse(bodies.last().unwrap()).unwrap();
    assert_eq!((last.unreadable[0].stream.as_str(), last.unreadable[0].version), ("account-a", 8));
}

#[test]
fn characters_that_sqs_refuses_are_escaped() {
    let odd = Commit { metadata: "{\"a\":\"\u{ffff}\u{fffe}\"}".to_owned(), ..commit() };
    let bodies = pack(vec![odd.clone()], []).unwrap();
    assert!(!bodies[0].contains(['\u{ffff}', '\u{fffe}']));
    assert_eq!(read(&bodies), [odd]);
}

#[test]
fn what_is_no_message_is_refused() {
    let golden = || GOLDEN.to_owned();
    for body in ["", "[]", "{}", r#"{"commits":[],"more":1}"#, &golden().replace("\"hash\"", "\"hush\"")] {
        assert!(CommitMessage::parse(body).is_err(), "{body}");
    }
    let short = CommitMessage::parse(&golden().replace("AAEC", "")).unwrap().into_commits();
    assert!(short.is_err(), "{short:?}");
}
