//! Tampering: a thousand times somebody changes what is stored, and each time it is found where it was done.

use std::collections::BTreeMap;

use application::{
    Commit, Hash, StreamId,
    ports::StreamCatalog as _,
    verify::{Fault, Head, Heads, InvalidHeads, Reason, verify},
};
use testing::MemoryEventStore;

use crate::bank::{Bank, deposit, id, withdraw};

const TAMPERINGS: u64 = 1_000;

/// A bank with streams of several lengths.
async fn bank() -> Bank {
    let bank = Bank::new();
    for (user, account, changes) in [("alice", "a", 12), ("alice", "b", 3), ("bob", "c", 1)] {
        bank.open(user, account, 1_000).await.unwrap();
        for amount in 1..=changes {
            let command = if amount % 3 == 0 { withdraw(amount) } else { deposit(amount) };
            bank.change(user, account, command).await.unwrap();
        }
    }
    bank.transfer("alice", "a", "c", 7).await.unwrap();
    bank
}

async fn faults(store: &MemoryEventStore, earlier: &Heads) -> Vec<Fault> {
    let mut streams = store.streams().await.unwrap();
    streams.extend(earlier.0.keys().map(|name| StreamId::stored(name.clone())));
    let mut faults = Vec::new();
    for stream in streams {
        faults.extend(verify(store, &stream, earlier.0.get(stream.as_str())).await.unwrap().err());
    }
    faults
}

async fn heads(store: &MemoryEventStore) -> Heads {
    let mut heads = Heads::default();
    for stream in store.streams().await.unwrap() {
        let intact = verify(store, &stream, None).await.unwrap().unwrap();
        heads.0.extend(intact.head.map(|head| (stream.to_string(), head)));
    }
    heads
}

/// The commits of one stream, as somebody has them who has the table.
type Commits = BTreeMap<u64, Commit>;

fn previous_hash(commits: &Commits, version: u64) -> Option<Hash> {
    commits.range(..version).next_back().map(|(_, commit)| commit.hash)
}

/// Another character in the place of one.
fn edited(rng: &mut fastrand::Rng, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = rng.usize(..letters.len());
    let other = ['0', '9', 'x', '"', ' ', '잔'];
    let other: Vec<char> = other.into_iter().filter(|other| *other != letters[place]).collect();
    letters[place] = other[rng.usize(..other.len())];
    letters.into_iter().collect()
}

fn edit(rng: &mut fastrand::Rng, commit: &mut Commit) {
    match rng.u32(..5) {
        0 => commit.events = edited(rng, &commit.events),
        1 => commit.state = edited(rng, &commit.state),
        2 => commit.metadata = edited(rng, &commit.metadata),
        3 => commit.timestamp = commit.timestamp.plus_seconds(rng.i64(1..100)),
        _ => commit.hash[rng.usize(..32)] ^= rng.u8(1..),
    }
}

/// Tampers with a stream of this many commits, and says between which versions that has to be found.
fn tamper(rng: &mut fastrand::Rng, commits: &mut Commits) -> (u64, u64) {
    let length = u64::try_from(commits.len()).unwrap();
    let version = rng.u64(1..=length);
    match rng.u32(..6) {
        0 => {
            edit(rng, commits.get_mut(&version).unwrap());
            (version, version)
        }
        1 => {
            // Whoever does it knows how hashes are made: then the next commit does not fit, or the saved head.
            let previous = previous_hash(commits, version);
            let commit = commits.get_mut(&version).unwrap();
            let original = commit.hash;
            edit(rng, commit);
            *commit = commit.clone().chained(previous);
            // An edit of the hash alone is undone by that.
            if commit.hash == original {
                commit.metadata.push(' ');
                *commit = commit.clone().chained(previous);
            }
            (version, version + 1)
        }
        2 => {
            commits.remove(&version);
            (version, version)
        }
        3 if length > 1 => {
            let other = (version % length) + 1;
            let (one, two) = (commits[&version].clone(), commits[&other].clone());
            commits.insert(version, Commit { version, ..two });
            commits.insert(other, Commit { version: other, ..one });
            (version.min(other), version.min(other))
        }
        _ => {
            // What follows moves on by one to make room.
            for later in (version..=length).rev() {
                let commit = commits.remove(&later).unwrap();
                commits.insert(later + 1, Commit { version: later + 1, ..commit });
            }
            let template = commits[&(if version == length { version + 1 } else { length + 1 })].clone();
            let mut forged = Commit { version, ..template };
            if rng.bool() {
                forged = forged.chained(previous_hash(commits, version));
            }
            commits.insert(version, forged);
            (version, version + 1)
        }
    }
}

#[tokio::test]
async fn a_thousand_random_tamperings_are_found_with_account_and_version() {
    let untouched = bank().await;
    let earlier = heads(&untouched.store).await;
    assert_eq!(faults(&untouched.store, &earlier).await, []);
    let streams: Vec<StreamId> = untouched.store.streams().await.unwrap().into_iter().collect();
    for seed in 0..TAMPERINGS {
        let mut rng = fastrand::Rng::with_seed(seed);
        let store = MemoryEventStore::default();
        store.overwrite(&untouched.store.all());
        let stream = &streams[rng.usize(..streams.len())];
        let (mut first, mut last) = (0, 0);
        store.tamper(stream, |commits| (first, last) = tamper(&mut rng, commits));
        let found = faults(&store, &earlier).await;
        assert_eq!(found.len(), 1, "seed {seed}: {stream} {first}: {found:?}");
        assert_eq!(found[0].stream, stream.to_string(), "seed {seed}");
        assert!(
            (first..=last).contains(&found[0].version),
            "seed {seed}: {first} to {last}, found {}",
            found[0]
        );
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found_by_the_saved_heads_alone() {
    let bank = bank().await;
    let (earlier, stream) = (heads(&bank.store).await, StreamId::account(&id("a")));
    let length = earlier.0[stream.as_str()].version;
    bank.store.tamper(&stream, |commits| drop(commits.split_off(&(length - 2))));
    assert_eq!(verify(&bank.store, &stream, None).await.unwrap().unwrap().commits, length - 3);
    let found = faults(&bank.store, &earlier).await;
    let reason = Reason::CutOff { earlier: length };
    assert_eq!(found, [Fault { stream: stream.to_string(), version: length - 2, reason }]);
}

#[tokio::test]
async fn a_stream_written_anew_with_hashes_that_fit_is_found_by_the_saved_heads_alone() {
    let bank = bank().await;
    let (earlier, stream) = (heads(&bank.store).await, StreamId::account(&id("a")));
    bank.store.tamper(&stream, |commits| {
        let mut previous = None;
        for commit in commits.values_mut() {
            commit.metadata = commit.metadata.replace("alice", "mallory");
            *commit = commit.clone().chained(previous);
            previous = Some(commit.hash);
        }
    });
    assert!(verify(&bank.store, &stream, None).await.unwrap().is_ok());
    let found = faults(&bank.store, &earlier).await;
    assert!(matches!(&found[..], [Fault { reason: Reason::Head { .. }, .. }]), "{found:?}");
}

#[tokio::test]
async fn what_was_added_since_the_heads_were_saved_is_no_fault() {
    let bank = bank().await;
    let earlier = heads(&bank.store).await;
    bank.change("alice", "a", deposit(5)).await.unwrap();
    bank.open("bob", "new", 100).await.unwrap();
    assert_eq!(faults(&bank.store, &earlier).await, []);
    assert_ne!(heads(&bank.store).await.digest(), earlier.digest());
}

#[tokio::test]
async fn a_file_of_heads_that_was_changed_is_refused() {
    let heads = heads(&bank().await.store).await;
    let text = heads.to_text().unwrap();
    assert_eq!(Heads::from_text(&text).unwrap(), heads);
    let Head { version, .. } = heads.0["account-a"];
    let changed = text.replace(&format!("\"version\": {version},"), "\"version\": 1,");
    assert!(matches!(Heads::from_text(&changed), Err(InvalidHeads::Digest)));
    assert!(matches!(Heads::from_text("{}"), Err(InvalidHeads::Malformed(_))));
    assert!(matches!(
        Heads::from_text(&text.replace("\"form\": 1", "\"form\": 2")),
        Err(InvalidHeads::Form(2))
    ));
}
