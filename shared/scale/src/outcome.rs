//! What a run has shown, and whether anything falls behind.

use crate::figures::Percentiles;

/// What one partition writes in a second, and so one key; and what it reads.
const PARTITION_UNITS: f64 = 1_000.0;
const PARTITION_READS: f64 = 3_000.0;

/// What is seen of all commits that were appended while it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Commands a second.
    pub rate: f64,
    /// Shards of the stream.
    pub shards: usize,
    /// From sending until the answer.
    pub deposit: Percentiles,
    /// The same.
    pub transfer: Percentiles,
    /// A query of an account.
    pub account: Percentiles,
    /// A page of the history.
    pub history: Percentiles,
    /// From a commit until the row has it.
    pub row: Percentiles,
    /// Until the feed has it.
    pub feed: Percentiles,
    /// Until the history has it.
    pub found: Percentiles,
    /// Which share of what is appended the rows take in the same time, the journal, the history; below one, their lag grows.
    pub kept: [f64; 3],
    /// How full the batches are of the summaries and of the relay: one is as much as there can be.
    pub full: [f64; 2],
    /// How busy the processors of the index are.
    pub index: f64,
    /// Functions at work at once: commands, summaries, relays, history.
    pub functions: [f64; 4],
    /// Writes for each block, those in vain included.
    pub attempts: f64,
    /// How often each commit is sent.
    pub copies: f64,
    /// Commits of a block.
    pub block: f64,
    /// Write units a second on the one key that a journal's blocks have.
    pub journal_units: f64,
    /// Read units a second on it.
    pub journal_reads: f64,
    /// Read units a second of the one item that says which generations there are.
    pub generation_units: f64,
}

impl Outcome {
    /// What keeps up by at least so much does; the rest is that the measurement ends somewhere.
    pub(crate) const KEPT_MIN: f64 = 0.97;

    /// Whether the rows do not fall behind, and each batch is told which generations there are.
    #[must_use]
    pub fn rows_keep_up(&self) -> bool {
        self.kept[0] >= Self::KEPT_MIN && self.generation_units <= PARTITION_READS
    }

    /// Whether the journal and what is sent of it do not, and no key of a journal takes more than a partition gives.
    #[must_use]
    pub fn journal_keeps_up(&self) -> bool {
        self.kept[1].min(self.kept[2]) >= Self::KEPT_MIN
            && self.journal_units <= PARTITION_UNITS
            && self.journal_reads <= PARTITION_READS
    }

    /// Whether the index takes all that it is sent, too.
    #[must_use]
    pub fn history_keeps_up(&self) -> bool {
        self.journal_keeps_up() && self.index <= 1.0
    }
}
