//! Commits for tests that are about storing them, not about what is in them.

use application::{Commit, Hash, StreamId};
use domain::Timestamp;

/// The stream of the account with this id.
#[must_use]
pub fn stream(account_id: &str) -> StreamId {
    StreamId::account(&account_id.parse().unwrap())
}

/// A commit of one freeze at this version, written by `writer`.
#[must_use]
pub fn commit(stream: &StreamId, version: u64, writer: &str) -> Commit {
    commit_of(stream, version, 1, writer)
}

/// A commit of so many freezes, the first at this version, written by `writer`.
#[must_use]
pub fn commit_of(stream: &StreamId, version: u64, count: u64, writer: &str) -> Commit {
    let event = |index: u64| {
        format!(r#"{{"type":"AccountFrozen","v":1,"id":"{writer}-{index}","data":{{"reason":"{writer}"}}}}"#)
    };
    let events: Vec<String> = (0..count).map(event).collect();
    Commit {
        stream: stream.clone(),
        version,
        timestamp: Timestamp::from_micros(i64::try_from(version).unwrap() * 1_000_000).unwrap(),
        events: format!("[{}]", events.join(",")),
        state: format!(r#"{{"schema":1,"data":{{"writer":"{writer}","text":"잔액 ✓"}}}}"#),
        metadata: format!(r#"{{"writer":"{writer}"}}"#),
        hash: Hash::default(),
    }
    .chained(None)
}
