//! From commands and queries a day to what they lead to: commits, batches, messages.

use domain::Decimal;

use super::{Search, usage::Usage};

pub(super) const SECONDS_A_DAY: i64 = 24 * 3_600;

/// What is asked of a bank in some days.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(super) commands_per_day: u64,
    pub(super) queries_per_day: u64,
    /// The share of commands that are transfers; all others are deposits.
    pub(super) transfers: Decimal,
    /// The share of queries that ask the history; all others ask an account.
    pub(super) history: Decimal,
    pub(super) search: Search,
    pub(super) days: u32,
    /// How many such periods' events are kept.
    pub(super) kept: u32,
    /// The share of requests that are traced.
    pub(super) traced: Decimal,
    /// Commits of a batch of the stream; of what comes meanwhile, if absent.
    pub(super) batch: Option<Decimal>,
}

/// What a load comes to, in the whole period.
pub(super) struct Flow {
    pub(super) days: Decimal,
    /// Thirty days are a month.
    pub(super) months: Decimal,
    pub(super) seconds: Decimal,
    pub(super) deposits: Decimal,
    pub(super) transfers: Decimal,
    pub(super) account_queries: Decimal,
    pub(super) history_queries: Decimal,
    pub(super) commits: Decimal,
    /// Commits of a batch of the stream, and of a block of the journal.
    pub(super) batch: Decimal,
    pub(super) batches: Decimal,
    /// Queues that have every block.
    pub(super) queues: Decimal,
}

impl Flow {
    pub(super) fn of(load: &Load, usage: &Usage) -> Self {
        let days = Decimal::from(load.days);
        let seconds = days * Decimal::from(SECONDS_A_DAY);
        let commands = days * Decimal::from(load.commands_per_day);
        let queries = days * Decimal::from(load.queries_per_day);
        let (transfers, history_queries) = (commands * load.transfers, queries * load.history);
        let deposits = commands - transfers;
        // A transfer is a commit on each of its accounts.
        let commits = deposits + Decimal::TWO * transfers;
        let batch = load.batch.unwrap_or_else(|| batch(commits / seconds, deposits / seconds, usage));
        Self {
            days,
            months: days / Decimal::from(30),
            seconds,
            deposits,
            transfers,
            account_queries: queries - history_queries,
            history_queries,
            commits,
            batch,
            batches: commits / batch,
            queues: if load.search == Search::None { Decimal::ONE } else { Decimal::TWO },
        }
    }

    pub(super) fn commands(&self) -> Decimal {
        self.deposits + self.transfers
    }

    pub(super) fn queries(&self) -> Decimal {
        self.account_queries + self.history_queries
    }

    /// Chunks that a message of a block is billed as.
    pub(super) fn chunks(&self, usage: &Usage) -> Decimal {
        (self.batch * *usage.relay.message_commit_bytes / *usage.queues.chunk_bytes).ceil()
    }
}

/// What comes on a shard between two looks at it, and no less than one commit: chance makes some batches larger, which
/// is cheaper.
fn batch(commits_a_second: Decimal, deposits_a_second: Decimal, usage: &Usage) -> Decimal {
    // A commit in a transaction takes twice the units of one by itself.
    let units = Decimal::TWO * commits_a_second - deposits_a_second;
    let shards = (units / *usage.stream.shard_write_units).ceil().max(*usage.stream.shards_min);
    let batch = commits_a_second / shards / *usage.stream.polls_a_second;
    batch.max(Decimal::ONE).min(*usage.stream.batch_commits_max)
}
