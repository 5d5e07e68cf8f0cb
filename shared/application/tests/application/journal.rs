//! The journal: each commit has one position, none is missing, and each stream's are in its order.

use std::{collections::BTreeSet, sync::Mutex};

use application::{
    Commit, QueryError,
    feed::Feed,
    journal::{BLOCK_COMMITS_MAX, Block, Outbox, PART_COMMITS_MAX, Position, Sequenced, Sequencer},
    ports::{EventStore as _, Journal as _},
};
use domain::Timestamp;
use futures::future::join_all;
use testing::{
    MemoryEventStore, MemoryJournal, TestEnvironment,
    commits::{commit, commit_of, stream},
};

use crate::bank::Bank;

type MemorySequencer = Sequencer<MemoryEventStore, MemoryJournal, TestEnvironment>;

fn sequencer(store: &MemoryEventStore, journal: &MemoryJournal) -> MemorySequencer {
    Sequencer::new(store.clone(), journal.clone(), TestEnvironment::default())
}

/// One that forgets most of what it has known.
fn forgetful(store: &MemoryEventStore, journal: &MemoryJournal) -> MemorySequencer {
    sequencer(store, journal).remembering(3)
}

/// Streams of several lengths, some with commits of several events.
async fn fill(store: &MemoryEventStore, streams: u64) -> Vec<Commit> {
    let mut commits = Vec::new();
    for number in 0..streams {
        let (id, mut version) = (stream(&format!("account-{number}")), 1);
        for place in 0..=number * 3 % 17 {
            let count = 1 + place % 3;
            commits.push(commit_of(&id, version, count, "somebody"));
            version += count;
        }
    }
    for commit in &commits {
        store.append(std::slice::from_ref(commit)).await.unwrap();
    }
    commits
}

/// Every place in the order of the journal, which has neither gaps nor repetitions.
fn places(journal: &MemoryJournal) -> Vec<(String, u64)> {
    let (mut next, mut places) = (1, Vec::new());
    for block in journal.all() {
        assert_eq!(block.first, next, "a gap");
        assert!((1..=BLOCK_COMMITS_MAX).contains(&block.entries.len()));
        next = block.end();
        places.extend(block.entries.into_iter().map(|entry| (entry.stream.to_string(), entry.version)));
    }
    places
}

/// All commits are there once, and those of each stream in order.
fn check(journal: &MemoryJournal, commits: &[Commit]) {
    let places = places(journal);
    let mut expected: Vec<_> =
        commits.iter().map(|commit| (commit.stream.to_string(), commit.version)).collect();
    let mut sorted = places.clone();
    expected.sort();
    sorted.sort();
    assert!(sorted == expected, "{} places for {} commits", sorted.len(), expected.len());
    for (stream, _) in &expected {
        let versions: Vec<u64> =
            places.iter().filter(|place| place.0 == *stream).map(|place| place.1).collect();
        assert!(versions.is_sorted(), "{stream}: {versions:?}");
    }
}

#[tokio::test]
async fn any_order_any_batches_any_repetitions_and_any_number_of_relays_give_each_commit_one_position() {
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
        let (commits, queues) = (fill(&store, rng.u64(1..130)).await, Queues::default());
        let mut relays: Vec<MemorySequencer> = (0..3).map(|_| sequencer(&store, &journal)).collect();
        // Some are never delivered, but for the newest of each stream, which brings them along.
        let mut delivered: Vec<Commit> =
            commits.iter().filter(|_| rng.u32(..4) > 0).cloned().collect::<Vec<_>>();
        for commit in &commits {
            let newest = store.newest(&commit.stream).await.unwrap();
            delivered.extend(newest.filter(|newest| newest == commit));
        }
        delivered.extend(commits.iter().filter(|_| rng.u32(..3) == 0).cloned().collect::<Vec<_>>());
        rng.shuffle(&mut delivered);
        let mut batches: Vec<Vec<Commit>> = Vec::new();
        while !delivered.is_empty() {
            let rest = delivered.split_off(rng.usize(1..120).min(delivered.len()));
            batches.push(std::mem::replace(&mut delivered, rest));
        }
        for batch in batches.chunks(3) {
            let together = relays.iter().zip(batch).map(|(relay, batch)| relay.journal(batch.clone()));
            for (relay, result) in relays.iter().zip(join_all(together).await) {
                let Sequenced { blocks, stuck } = result.unwrap();
                assert!(stuck.is_empty());
                // Some die before they hand on, and some after.
                if rng.bool() {
                    relay.hand_on(&queues, &blocks).await.unwrap();
                }
            }
            let dead = rng.usize(..3);
            relays[dead] = if rng.bool() { sequencer } else { forgetful }(&store, &journal);
        }
        check(&journal, &commits);
        relays[0].hand_on(&queues, &[]).await.unwrap();
        queues.check(&journal, &commits);
    }
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_stops_alone_and_goes_on_when_it_can() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let id = stream("poisoned");
    let mut commits: Vec<Commit> = (1..=4).map(|version| commit(&id, version, "somebody")).collect();
    commits.extend(fill(&store, 5).await);
    for commit in &commits[..4] {
        store.append(std::slice::from_ref(commit)).await.unwrap();
    }
    let mut poisoned = commits.clone();
    poisoned[2].events = "not JSON".to_owned();
    let relay = sequencer(&store, &journal);
    let sequenced = relay.journal(poisoned).await.unwrap();
    let [stuck] = &sequenced.stuck[..] else { panic!("{:?}", sequenced.stuck) };
    assert_eq!((&stuck.stream, stuck.version), (&id, 3));
    assert_eq!(places(&journal).iter().filter(|place| place.0 == id.as_str()).count(), 2);
    assert_eq!(places(&journal).len(), commits.len() - 2);

    relay.journal(vec![commits[3].clone()]).await.unwrap();
    check(&journal, &commits);
}

#[tokio::test]
async fn whoever_has_stood_still_while_the_journal_went_far_begins_anew() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let (sleeper, other) = (sequencer(&store, &journal), sequencer(&store, &journal));
    let one = |version| commit(&stream("busy"), version, "somebody");
    sleeper.journal(vec![one(1)]).await.unwrap();
    let mut commits = vec![one(1)];
    // As many blocks.
    for version in 2..=620 {
        commits.push(one(version));
        other.journal(vec![one(version)]).await.unwrap();
    }
    commits.push(one(621));
    for commit in &commits {
        store.append(std::slice::from_ref(commit)).await.unwrap();
    }
    let sequenced = sleeper.journal(vec![one(621), one(600)]).await.unwrap();
    assert_eq!(sequenced.blocks.len(), 1);
    check(&journal, &commits);
}

#[tokio::test]
async fn a_journal_that_was_cut_or_is_another_is_never_gone_on_with_at_the_end_that_somebody_remembers() {
    for is_another in [false, true] {
        let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
        let commits = fill(&store, 20).await;
        let (relay, other) = (sequencer(&store, &journal), sequencer(&store, &journal));
        for part in commits.chunks(30) {
            relay.journal(part.to_vec()).await.unwrap();
        }
        let last = journal.all().pop().unwrap();
        journal.cut(last.first);
        if is_another {
            let more = commit(&stream("more"), 1, "somebody");
            store.append(std::slice::from_ref(&more)).await.unwrap();
            other.journal(vec![more]).await.unwrap();
        }
        let late = commit(&stream("late"), 1, "somebody");
        store.append(std::slice::from_ref(&late)).await.unwrap();
        let refused = relay.journal(vec![late.clone()]).await.unwrap_err();
        assert!(format!("{refused:?}").contains("is another"), "{refused:?}");
        // It comes again, and what was cut with it.
        relay.journal(store.all()).await.unwrap();
        check(&journal, &store.all());
    }
}

#[tokio::test]
async fn a_journal_that_ends_before_what_was_handed_on_is_not_gone_on_with() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let commits = fill(&store, 20).await;
    let relay = sequencer(&store, &journal);
    for part in commits.chunks(30) {
        let blocks = relay.journal(part.to_vec()).await.unwrap().blocks;
        relay.hand_on(&Queues::default(), &blocks).await.unwrap();
    }
    let last = journal.all().pop().unwrap();
    journal.cut(last.first);
    let late = commit(&stream("late"), 1, "somebody");
    store.append(std::slice::from_ref(&late)).await.unwrap();
    let refused = sequencer(&store, &journal).journal(vec![late]).await.unwrap_err();
    assert!(format!("{refused:?}").contains("no block ends there"), "{refused:?}");
    assert_eq!(journal.next_position().await.unwrap(), last.first);
}

#[tokio::test]
async fn a_journal_with_a_hole_is_neither_gone_on_with_nor_handed_out() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let commits = fill(&store, 3).await;
    let relay = sequencer(&store, &journal);
    relay.journal(commits.clone()).await.unwrap();
    let whole = journal.all().pop().unwrap();
    journal.overwrite(&Block { first: whole.end() + 1, ..whole.clone() });
    let more = commit(&stream("more"), 1, "somebody");
    store.append(std::slice::from_ref(&more)).await.unwrap();
    let refused = relay.journal(vec![more.clone()]).await.unwrap_err();
    assert!(format!("{refused:?}").contains("instead of"), "{refused:?}");
    assert!(relay.hand_on(&Queues::default(), &[]).await.is_err());
    assert_eq!(journal.handed_on().await.unwrap(), 1);
    let admin = Bank::new().request("admin").caller;
    let page = Feed::new(store, journal).after(&admin, whole.end() - 1, 100).await;
    let Err(QueryError::Damaged(damage)) = page else { panic!("{page:?}") };
    assert!(format!("{damage:?}").contains("instead of"), "{damage:?}");
}

#[tokio::test]
async fn legs_of_a_transfer_stand_side_by_side() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
    let leg = |account: &str, seconds| Commit { timestamp: at(seconds), ..commit(&stream(account), 1, "x") };
    let commits = vec![leg("a", 1), leg("z", 1), leg("b", 2), leg("y", 2), leg("c", 3), leg("x", 3)];
    let mut shuffled = commits.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut shuffled);
    sequencer(&store, &journal).journal(shuffled).await.unwrap();
    let expected: Vec<_> = commits.iter().map(|commit| (commit.stream.to_string(), 1)).collect();
    assert_eq!(places(&journal), expected);
}

/// Queues that may be closed.
#[derive(Default)]
struct Queues {
    sent: Mutex<Vec<(Position, Vec<Commit>)>>,
    closed_after: Option<usize>,
}

impl Queues {
    /// Each commit was sent with its position, however often.
    fn check(&self, journal: &MemoryJournal, commits: &[Commit]) {
        let sent = self.sent.lock().unwrap();
        assert!(sent.iter().all(|(_, commits)| (1..=PART_COMMITS_MAX).contains(&commits.len())));
        let sent = sent.iter().flat_map(|(first, commits)| (*first..).zip(commits));
        let sent: BTreeSet<_> =
            sent.map(|(position, commit)| (position, commit.stream.to_string(), commit.version)).collect();
        let places = (1..).zip(places(journal)).map(|(position, place)| (position, place.0, place.1));
        assert_eq!(sent, places.collect());
        assert_eq!(sent.len(), commits.len());
    }
}

#[derive(Debug, thiserror::Error)]
#[error("closed")]
struct Closed;

impl Outbox for Queues {
    type Error = Closed;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), Closed> {
        // Some take longer, and are overtaken.
        for _ in 0..first % 7 {
            tokio::task::yield_now().await;
        }
        let mut sent = self.sent.lock().unwrap();
        if self.closed_after.is_some_and(|most| sent.len() >= most) {
            return Err(Closed);
        }
        sent.push((first, commits.to_vec()));
        Ok(())
    }
}

#[tokio::test]
async fn every_block_is_handed_on_though_others_have_died_before_they_could() {
    let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
    let mut commits = fill(&store, 250).await;
    let dead = sequencer(&store, &journal).journal(commits.clone()).await.unwrap().blocks;
    assert!(dead.len() > 1);
    let closing = Queues { closed_after: Some(14), ..Queues::default() };
    assert!(sequencer(&store, &journal).hand_on(&closing, &dead).await.is_err());
    assert_eq!(journal.handed_on().await.unwrap(), 1, "nothing is taken as handed on too early");

    let open = Queues::default();
    let late = commit(&stream("late"), 1, "somebody");
    store.append(std::slice::from_ref(&late)).await.unwrap();
    commits.push(late.clone());
    let relay = sequencer(&store, &journal);
    let own = relay.journal(vec![late]).await.unwrap().blocks;
    assert_eq!(relay.hand_on(&open, &own).await.unwrap(), dead.len() + 1);
    open.check(&journal, &commits);
    assert_eq!(journal.handed_on().await.unwrap(), journal.next_position().await.unwrap());
    assert_eq!(relay.hand_on(&Queues::default(), &[]).await.unwrap(), 0);
}

#[tokio::test]
async fn relays_that_live_hand_each_block_on_once_and_in_turn() {
    let (store, journal, queues) = (MemoryEventStore::default(), MemoryJournal::default(), Queues::default());
    let commits = fill(&store, 60).await;
    let batches: Vec<&[Commit]> = commits.chunks(commits.len().div_ceil(8)).collect();
    let relays = batches.into_iter().map(async |batch| {
        let relay = sequencer(&store, &journal);
        let blocks = relay.journal(batch.to_vec()).await.unwrap().blocks;
        relay.hand_on(&queues, &blocks).await.unwrap()
    });
    let handed_on: usize = join_all(relays).await.into_iter().sum();
    assert_eq!(handed_on, journal.all().len());
    queues.check(&journal, &commits);
    let sent: usize = queues.sent.lock().unwrap().iter().map(|(_, commits)| commits.len()).sum();
    assert_eq!(sent, commits.len());
    assert_eq!(journal.handed_on().await.unwrap(), journal.next_position().await.unwrap());
}
