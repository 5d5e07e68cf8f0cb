//! What is simulated: a load, and how the stack is set up for it.

use crate::usage::Usage;

/// A load and a setup.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    /// Commands a second.
    pub rate: f64,
    /// Which share of them are transfers.
    pub transfers: f64,
    /// Shards of the events table's stream, as many as the table has partitions.
    pub shards: usize,
    /// The most commits of a batch of the relay's (`BatchSize`).
    pub relay_batch: usize,
    /// How long a batch of the relay's may gather (`MaximumBatchingWindowInSeconds`).
    pub relay_window_ms: f64,
    /// The most of the summaries'.
    pub summary_batch: usize,
    /// How long a batch of the summaries' may gather.
    pub summary_window_ms: f64,
    /// Batches of a shard that the summaries' projector works at (`ParallelizationFactor`).
    pub summary_factor: usize,
    /// Journals, each with the streams of one hash.
    pub journals: usize,
    /// Relays that race for each of them: one a shard, unless a queue gives each batch to one.
    pub relays: usize,
    /// Which share of a processor the relay has: 512 MB are 0.29 of one.
    pub relay_processor: f64,
    /// Milliseconds of a processor that a request of the relay's takes: it has one for each stream.
    pub request_work_ms: f64,
    /// Documents a second that the index takes on one processor.
    pub documents_per_processor: f64,
    /// Chance, repeated.
    pub seed: u64,
    /// Seconds that are measured, after some to begin with.
    pub seconds: f64,
}

/// What an index of two processors took while everything else ran on them too (docs/benchmarks.md, a rebuild of the
/// history by two workers: 2,754 documents a second), for each: an index with processors of its own takes no less.
const DOCUMENTS_PER_PROCESSOR: f64 = 1_370.0;

/// Three commands in ten, as docs/COST.md has it.
const TRANSFERS: f64 = 0.3;

/// Milliseconds of a processor that a commit takes of the relay, and of the history's projector: twice what
/// `cargo xtask bench cpu` counts, up to 83,000 instructions at three in a nanosecond, for Lambda's event.
/// usage.json assumes 0.2 for any projector, which is right for the summaries' with two requests a commit.
pub(crate) const COMMIT_WORK_MS: f64 = 0.055;

/// Milliseconds of a processor that the relay takes for a request: a guess.
const REQUEST_WORK_MS: f64 = 0.1;

/// How busy the index's processors are to be.
const SEARCH_LOAD: f64 = 0.5;

impl Design {
    /// As the template and the code are, with the table's partitions for this rate.
    #[must_use]
    pub fn as_built(rate: f64) -> Self {
        let mut design = Self {
            rate,
            transfers: TRANSFERS,
            shards: 1,
            relay_batch: 1_000,
            relay_window_ms: 0.0,
            summary_batch: 100,
            summary_window_ms: 0.0,
            summary_factor: 4,
            journals: 1,
            relays: 1,
            relay_processor: Usage::read().figure("work", "processor_share"),
            request_work_ms: REQUEST_WORK_MS,
            documents_per_processor: DOCUMENTS_PER_PROCESSOR,
            seed: 1,
            seconds: 30.0,
        };
        design.shards = partitions(design.event_units());
        design.relays = design.shards;
        design
    }

    /// As built, with a line of the template: a second in which the relay's batches gather.
    #[must_use]
    pub fn gathered(rate: f64) -> Self {
        Self { relay_window_ms: 1_000.0, ..Self::as_built(rate) }
    }

    /// What docs/SCALE.md proposes beyond: journals by the hash of the stream, for each one relay behind a queue, and
    /// larger batches of the summaries'.
    #[must_use]
    pub fn by_hash(rate: f64, journals: usize) -> Self {
        Self { journals, relays: 1, summary_window_ms: 1_000.0, ..Self::as_built(rate) }
    }

    /// Commits a second: a transfer is one on each of its accounts.
    #[must_use]
    pub fn commits(&self) -> f64 {
        self.rate * (1.0 + self.transfers)
    }

    /// Write units a second of the events table: a commit in a transaction takes two.
    #[must_use]
    pub fn event_units(&self) -> f64 {
        self.rate * ((1.0 - self.transfers) + 4.0 * self.transfers)
    }

    /// Write units a second of all that commands write, from what was measured.
    pub(crate) fn command_units(&self, usage: &Usage) -> f64 {
        let of = |command, share| usage.figure(command, "write_units") * share;
        self.rate * (of("deposit", 1.0 - self.transfers) + of("transfer", self.transfers))
    }

    /// Processors of the index for this rate.
    #[must_use]
    pub fn search_processors(&self) -> usize {
        ((self.commits() / self.documents_per_processor / SEARCH_LOAD).ceil() as usize).max(2)
    }
}

/// Partitions for so many write units a second: as `passbook cost` has it.
pub(crate) fn partitions(units: f64) -> usize {
    let usage = Usage::read();
    let least = usage.figure("stream", "shards_min");
    (units / usage.figure("stream", "shard_write_units")).ceil().max(least) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_records_are_what_was_measured_of_a_command() {
        let (design, usage) = (Design::as_built(1_000.0), Usage::read());
        // The record of a deposit is a unit, that of a transfer two, in its transaction.
        let records = 1_000.0 * (0.7 + 2.0 * 0.3);
        assert!((design.event_units() + records - design.command_units(&usage)).abs() < 1e-6);
    }

    #[test]
    fn there_is_a_shard_for_each_thousand_units_and_four_at_least() {
        assert_eq!(Design::as_built(50.0).shards, 4);
        assert_eq!(Design::as_built(5_000.0).shards, 10);
        assert_eq!(Design::as_built(50_000.0).shards, 95);
    }
}
