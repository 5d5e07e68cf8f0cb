//! The end of a journal, for which relays race: one block a position, whoever is first.

use crate::agenda::Time;

/// Of a transaction's time, when it takes the position, and when others see that it has it. A guess: first everything is
/// prepared, then everything is written, then the client hears of it.
pub(crate) const PREPARED: f64 = 0.4;
pub(crate) const COMMITTED: f64 = 0.9;

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) commits: usize,
    /// When they were appended, until they are found in the history.
    pub(crate) appended: Vec<Time>,
}

/// A journal. A block's number stands for its position.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) blocks: Vec<Block>,
    /// The lane whose transaction has the end, and since when.
    taken: Option<(usize, Time)>,
    /// Before this block, everything was handed on.
    pub(crate) handed_on: usize,
    pub(crate) taken_time: Time,
    pub(crate) attempts: usize,
    pub(crate) conflicts: usize,
    /// Write units of the key that all blocks have, those of attempts in vain included.
    pub(crate) units: f64,
    pub(crate) marks: usize,
}

impl Journal {
    /// Takes the position at the end for a lane, if it is free.
    pub(crate) fn take(&mut self, lane: usize, position: usize, at: Time) -> bool {
        self.attempts += 1;
        let is_free = self.taken.is_none() && position == self.blocks.len();
        if is_free {
            self.taken = Some((lane, at));
        } else {
            self.conflicts += 1;
        }
        is_free
    }

    /// Adds the block of the lane that has the end.
    pub(crate) fn add(&mut self, block: Block, at: Time) {
        if let Some((_, since)) = self.taken.take() {
            self.taken_time += at - since;
        }
        self.blocks.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_position_has_one_winner_and_the_next_is_free_after_it() {
        let mut journal = Journal::default();
        assert!(journal.take(0, 0, 1.0));
        assert!(!journal.take(1, 0, 2.0), "it is being written");
        journal.add(Block { commits: 3, appended: Vec::new() }, 4.0);
        assert!(!journal.take(1, 0, 5.0), "it is there");
        assert!(journal.take(1, 1, 6.0));
        assert_eq!((journal.attempts, journal.conflicts), (4, 2));
        assert!((journal.taken_time - 3.0).abs() < 1e-9);
    }
}
