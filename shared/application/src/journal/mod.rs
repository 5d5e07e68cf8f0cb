//! A global order of commits.
//!
//! Positions are given after the commit, by whoever relays the events table's stream, and not by the command: a number
//! that is reserved before a commit is a gap if the commit fails, and is overtaken by others if it is slow. Here a
//! position that can be read is final, none is missing below it, and a stream's commits have theirs in the order of
//! their versions, whatever order, batches and repetitions the stream brought them in ([`Sequencer`]).

mod catch_up;
mod hand_on;
mod plan;
mod sequencer;

use domain::Timestamp;

use crate::{Commit, StreamId};

pub use catch_up::CatchUp;
pub use hand_on::{HandOnError, Outbox, commits, hand_on};
pub use sequencer::{ATTEMPTS_MAX, SequenceError, Sequenced, Sequencer, Stuck};

/// A place in the journal: 1, 2, 3 and so on, one a commit.
pub type Position = u64;

/// The first of all.
pub const FIRST_POSITION: Position = 1;

/// The most commits in one block.
pub const BLOCK_COMMITS_MAX: usize = 100;

/// The most streams in one block: a transaction of DynamoDB has 100 items, and one of them is the block itself.
pub const BLOCK_STREAMS_MAX: usize = 99;

/// The most bytes of a block's commits, written as JSON: they go on in one message of a queue that takes 256 KiB.
pub const BLOCK_BYTES_MAX: usize = 190_000;

/// One commit's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose commit.
    pub stream: StreamId,
    /// The version of its first event.
    pub version: u64,
    /// The version of its last event.
    pub last_version: u64,
}

/// Commits that were given their positions together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The position of the first.
    pub first: Position,
    /// One after the other.
    pub entries: Vec<Entry>,
    /// When they were given.
    pub journaled_at: Timestamp,
}

impl Block {
    /// The position after the last.
    #[must_use]
    pub fn end(&self) -> Position {
        self.first.saturating_add(u64::try_from(self.entries.len()).unwrap_or(u64::MAX))
    }

    /// For each stream in it, up to which version it has to be journaled before, and is after.
    #[must_use]
    pub fn moves(&self) -> std::collections::BTreeMap<&StreamId, (u64, u64)> {
        let mut moves = std::collections::BTreeMap::new();
        for entry in &self.entries {
            let before = entry.version.saturating_sub(1);
            moves.entry(&entry.stream).or_insert((before, before)).1 = entry.last_version;
        }
        moves
    }
}

/// A block with the commits that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journaled {
    /// The places.
    pub block: Block,
    /// The commits, in the same order.
    pub commits: Vec<Commit>,
}
