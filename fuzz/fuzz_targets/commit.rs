//! Stored commits, in the form of the golden files: four lines a commit, with whatever is in them.
//!
//! No text may stop more than the account that it is in, and what an auditor finds nothing wrong with has to be good
//! enough to decide upon.

#![no_main]

use std::{collections::BTreeMap, fmt::Debug};

use application::{
    Commit, Hash, Metadata, Stream, StreamId,
    codec::{self, Accounts, Aggregate, Holders, StoredEvent},
    verify::{Fault, Intact, Reason, verify},
};
use domain::{
    Decimal,
    account::{Command, decide},
};
use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use testing::MemoryEventStore;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for (stream, commits) in streams(text) {
        for commit in &commits {
            decode::<Accounts>(commit);
            decode::<Holders>(commit);
            decode_metadata(commit);
        }
        let found = audit(&stream, &commits);
        let has_changed = matches!(found, Err(Fault { reason: Reason::Hash, .. }));
        assert!(!has_changed, "the hashes were made from these very commits");
        if found.is_ok() {
            a_change_is_found(&stream, &commits, input.len());
            goes_on(&stream, commits);
        }
    }
});

/// The commits of a text, chained.
fn streams(text: &str) -> BTreeMap<StreamId, Vec<Commit>> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut streams: BTreeMap<StreamId, BTreeMap<u64, Commit>> = BTreeMap::new();
    for commit in lines.chunks_exact(4).filter_map(commit) {
        streams.entry(commit.stream.clone()).or_default().insert(commit.version, commit);
    }
    let chain = |commits: BTreeMap<u64, Commit>| {
        let chain = commits.into_values().scan(None, |previous, commit| {
            let commit = commit.chained(*previous);
            *previous = Some(commit.hash);
            Some(commit)
        });
        chain.collect()
    };
    streams.into_iter().map(|(stream, commits)| (stream, chain(commits))).collect()
}

fn commit(lines: &[&str]) -> Option<Commit> {
    let mut head = lines[0].splitn(3, ' ');
    Some(Commit {
        stream: StreamId::stored(head.next()?.to_owned()),
        version: head.next()?.parse().ok()?,
        timestamp: head.next()?.parse().ok()?,
        events: lines[1].trim().to_owned(),
        state: lines[2].trim().to_owned(),
        metadata: lines[3].trim().to_owned(),
        hash: Hash::default(),
    })
}

/// What can be read can be written, and reads back as the same.
fn decode<A: Aggregate<Event: Debug + PartialEq, State: Debug + PartialEq>>(commit: &Commit) {
    let events = codec::events::<A>(commit);
    if let Ok(events) = &events {
        let stored = codec::stored_events(commit).expect("they were read");
        assert_eq!(events.len(), stored.len(), "every event, or none");
        let last = events.last().map(|last| last.version);
        assert_eq!(codec::last_version(commit).ok(), last);
    }
    for recorded in events.into_iter().flatten() {
        let stored = A::encode(&recorded.event).expect("it was stored");
        let text = serde_json::to_string(&stored).expect("it is JSON");
        let read: StoredEvent = serde_json::from_str(&text).expect("it is a stored event");
        assert_eq!(A::decode(read).ok().as_ref(), Some(&recorded.event));
    }
    if let Ok(Some(state)) = codec::state::<A>(commit) {
        let text = codec::state_text::<A>(&state).expect("it was stored");
        let again = Commit { state: text, ..commit.clone() };
        assert_eq!(codec::state::<A>(&again).ok().flatten(), Some(state));
    }
}

fn decode_metadata(commit: &Commit) {
    let _ = codec::ownership(commit);
    let Ok(metadata) = codec::metadata(commit) else { return };
    let text = serde_json::to_string(&metadata).expect("it was stored");
    assert_eq!(serde_json::from_str::<Metadata>(&text).ok(), Some(metadata));
}

fn audit(stream: &StreamId, commits: &[Commit]) -> Result<Intact, Fault> {
    let store = MemoryEventStore::default();
    store.overwrite(commits);
    block_on(verify(&store, stream, None)).expect("memory answers")
}

/// One bit of one commit, in its texts or in its hash, cannot change unseen.
fn a_change_is_found(stream: &StreamId, commits: &[Commit], chance: usize) {
    let mut commits = commits.to_vec();
    let place = chance % commits.len();
    let commit = &mut commits[place];
    match chance % 5 {
        0 => commit.events.push(' '),
        1 => commit.state.insert(0, ' '),
        2 => commit.metadata.push('\n'),
        3 => commit.timestamp = commit.timestamp.after(commit.timestamp),
        _ => commit.hash[chance % 32] ^= 1,
    }
    let version = commit.version;
    let found = audit(stream, &commits).expect_err("it was changed");
    assert_eq!((found.version, found.reason), (version, Reason::Hash));
}

/// An account that an auditor finds nothing wrong with can be decided upon, and stays such a one.
fn goes_on(stream: &StreamId, mut commits: Vec<Commit>) {
    if stream.account_id().is_none() {
        return;
    }
    let store = MemoryEventStore::default();
    store.overwrite(&commits);
    let loaded = block_on(Stream::<Accounts>::load(&store, stream.clone())).expect("it is intact");
    let (state, newest) = (loaded.state.as_ref().expect("a state"), commits.last().expect("a commit"));
    let deposit = Command::Deposit { amount: Decimal::ONE, reference: None, counterparty: None };
    let Ok(event) = decide(state, deposit) else { return };
    let metadata = codec::metadata(newest).expect("it is intact");
    let at = loaded.next_timestamp(newest.timestamp);
    let next = loaded.next("deposit".to_owned(), &event, at, &metadata).expect("it was decided");
    // At the end of the calendar, and of the numbers, there is no next one.
    if at == newest.timestamp || next.version == newest.version {
        return;
    }
    commits.push(next);
    assert_eq!(audit(stream, &commits).map(|intact| intact.commits), Ok(commits.len() as u64));
}
