//! The end of a journal, for which relays race: one block a position, whoever is first.

use crate::agenda::Time;

/// What one message may have (`PART_COMMITS_MAX`): that they are no more than 190 kB holds for any commit of a bank.
const PART_COMMITS_MAX: usize = 100;

/// Bytes of a write unit and of a read unit.
const WRITE_UNIT: f64 = 1_024.0;
const READ_UNIT: f64 = 4_096.0;

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) commits: usize,
    /// By the message that they come in, when its commits were appended, until they are found in the history.
    pub(crate) parts: Vec<Vec<Time>>,
}

/// How long an item is that a block is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    pub(crate) block: f64,
    pub(crate) entry: f64,
}

/// A journal. A block's number stands for its position.
#[derive(Debug)]
pub(crate) struct Journal {
    bytes: Bytes,
    pub(crate) blocks: Vec<Block>,
    /// Before this block, everything was handed on.
    pub(crate) handed_on: usize,
    pub(crate) attempts: usize,
    /// Units of the key that all blocks have: written, those of attempts in vain included, and read.
    pub(crate) written: f64,
    pub(crate) read: f64,
}

impl Block {
    fn of(appended: &[Time]) -> Self {
        let parts = appended.chunks(PART_COMMITS_MAX).map(<[Time]>::to_vec).collect();
        Self { commits: appended.len(), parts }
    }

    /// How many commits each of its messages has.
    pub(crate) fn messages(&self) -> impl Iterator<Item = usize> {
        let commits = self.commits;
        (0..commits).step_by(PART_COMMITS_MAX).map(move |first| PART_COMMITS_MAX.min(commits - first))
    }
}

impl Journal {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, blocks: Vec::new(), handed_on: 0, attempts: 0, written: 0.0, read: 0.0 }
    }

    /// Adds a block of these commits if its position is the end. If it is not, that costs what is there already.
    pub(crate) fn put(&mut self, position: usize, appended: &[Time]) -> bool {
        self.attempts += 1;
        let is_free = position == self.blocks.len();
        if is_free {
            self.blocks.push(Block::of(appended));
        }
        self.written += (self.length(position) / WRITE_UNIT).ceil();
        is_free
    }

    /// How many blocks there are from a position on, but no more than so many; what it costs to read them.
    pub(crate) fn look(&mut self, from: usize, most: usize) -> usize {
        let until = self.blocks.len().min(from.saturating_add(most));
        let bytes: f64 = (from..until).map(|position| self.length(position)).sum();
        self.read += (bytes / READ_UNIT).ceil().max(1.0);
        until.saturating_sub(from)
    }

    fn length(&self, position: usize) -> f64 {
        let commits = self.blocks.get(position).map_or(0, |block| block.commits);
        self.bytes.block + self.bytes.entry * commits as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        Journal::new(Bytes { block: 68.0, entry: 54.0 })
    }

    #[test]
    fn one_position_has_one_winner_and_who_loses_pays_for_what_is_there() {
        let mut journal = journal();
        assert!(journal.put(0, &[0.0; 100]));
        assert!(!journal.put(0, &[0.0; 3]), "it is there");
        assert!(journal.put(1, &[0.0; 3]));
        assert_eq!((journal.attempts, journal.blocks.len()), (3, 2));
        // 5,468 bytes are six units, and 230 are one.
        assert!((journal.written - 13.0).abs() < 1e-9, "{}", journal.written);
    }

    #[test]
    fn who_looks_sees_what_was_added_and_pays_for_as_much() {
        let mut journal = journal();
        assert_eq!(journal.look(0, 5), 0);
        (0..3).for_each(|position| assert!(journal.put(position, &[0.0; 100])));
        assert_eq!((journal.look(1, 5), journal.look(1, 1)), (2, 1));
        // One for nothing, three for 10,936 bytes, two for 5,468.
        assert!((journal.read - 6.0).abs() < 1e-9, "{}", journal.read);
    }

    #[test]
    fn a_block_is_sent_in_parts_of_a_hundred() {
        let block = Block::of(&[0.0; 250]);
        assert_eq!(block.messages().collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(block.parts.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
    }
}
