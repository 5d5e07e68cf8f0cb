//! A global order of commits.
//!
//! Positions are given after the commit, by whoever relays the events table's stream, and not by the command: a number
//! that is reserved before a commit is a gap if the commit fails, and is overtaken by others if it is slow. Here a
//! position that can be read is final, none is missing below it, and a stream's commits have theirs in the order of
//! their versions, whatever order, batches and repetitions the stream brought them in ([`Sequencer`]).

mod catch_up;
mod ends;
mod hand_on;
mod plan;
mod sequencer;

use std::ops::Range;

use domain::Timestamp;

use crate::{Commit, StreamId};

pub(crate) use ends::follows;

pub use catch_up::CatchUp;
pub use hand_on::{HandOnError, Outbox, commits};
pub use sequencer::{ATTEMPTS_MAX, SequenceError, Sequenced, Sequencer, Stuck};

/// A place in the journal: 1, 2, 3 and so on, one a commit.
pub type Position = u64;

/// The first of all.
pub const FIRST_POSITION: Position = 1;

/// The most commits in one block: their places are an item of some 125 KB at the most.
pub const BLOCK_COMMITS_MAX: usize = 1_000;

/// The most bytes of a block's commits, written as JSON: whoever reads a block has them in memory.
pub const BLOCK_BYTES_MAX: usize = 4_000_000;

/// The most commits in a part of a block, which is one message of a queue.
pub const PART_COMMITS_MAX: usize = 100;

/// The most bytes of a part's commits, written as JSON: a queue takes messages of 256 KiB.
pub const PART_BYTES_MAX: usize = 190_000;

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

    /// What it has of these positions.
    #[must_use]
    pub fn part(mut self, positions: &Range<Position>) -> Self {
        let first = self.first.max(positions.start);
        let before = usize::try_from(first - self.first).unwrap_or(usize::MAX);
        self.entries.drain(..before.min(self.entries.len()));
        self.entries.truncate(usize::try_from(positions.end.saturating_sub(first)).unwrap_or(usize::MAX));
        self.first = first;
        self
    }

    /// For each stream in it, up to which version it was journaled before, and is after.
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

impl Journaled {
    /// Its commits in parts, each of which fits into a message of a queue, with the position of its first.
    #[must_use]
    pub fn parts(&self) -> Vec<(Position, &[Commit])> {
        let (mut parts, mut first, mut rest) = (Vec::new(), self.block.first, &self.commits[..]);
        while !rest.is_empty() {
            let count = fitting(rest, PART_COMMITS_MAX, PART_BYTES_MAX);
            let (part, others) = rest.split_at(count);
            parts.push((first, part));
            first = first.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            rest = others;
        }
        parts
    }
}

/// How many of these commits are no more than so many, nor so many bytes; one at least, if there is any.
fn fitting(commits: &[Commit], most: usize, bytes_max: usize) -> usize {
    let mut bytes = 0_usize;
    let fits = |commit: &&Commit| {
        bytes = bytes.saturating_add(json_bytes(commit));
        bytes <= bytes_max
    };
    commits.iter().take(most).take_while(fits).count().max(1).min(commits.len())
}

/// How long a commit is as JSON: texts in texts, so each quote counts twice; and what is around them, generously.
fn json_bytes(commit: &Commit) -> usize {
    const AROUND: usize = 300;
    let texts = [commit.stream.as_str(), &commit.events, &commit.state, &commit.metadata];
    // The longest that a character can become is six bytes: a control character, as \u0000.
    let text = |text: &str| {
        text.chars()
            .map(|character| match character {
                '"' | '\\' => 2,
                character if character.is_control() => 6,
                character => character.len_utf8(),
            })
            .sum::<usize>()
    };
    texts.into_iter().map(text).sum::<usize>() + AROUND
}
