//! Rows in the memory of one instance of a function.
//!
//! Nothing tells this instance what the projector or another instance has written. A query that asks for no version
//! may therefore be answered with a row that is as old as [`LIFETIME`], and by another instance with a newer one a
//! moment before. That is why it is off unless it is asked for.

use std::time::Duration;

use application::ports::AccountSummary;
use domain::AccountId;
use moka::{ops::compute::Op, sync::Cache};

use super::{LIFETIME, SummaryCache};

/// How long a row is kept that nobody asks for.
pub const IDLE_LIFETIME: Duration = Duration::from_mins(1);

/// How many rows are kept, of about a kilobyte each.
pub const ROWS_MAX: u64 = 10_000;

/// A bounded number of rows. Clones share them.
#[derive(Clone, Debug)]
pub struct InProcessCache {
    rows: Cache<AccountId, AccountSummary>,
}

impl InProcessCache {
    fn keeping(lifetime: Duration, idle_lifetime: Duration, rows_max: u64) -> Self {
        let rows = Cache::builder().max_capacity(rows_max).time_to_live(lifetime).time_to_idle(idle_lifetime);
        Self { rows: rows.build() }
    }
}

impl Default for InProcessCache {
    fn default() -> Self {
        Self::keeping(LIFETIME, IDLE_LIFETIME, ROWS_MAX)
    }
}

impl SummaryCache for InProcessCache {
    async fn get(&self, account_id: &AccountId, version_min: u64) -> Option<AccountSummary> {
        self.rows.get(account_id).filter(|row| row.version >= version_min)
    }

    async fn put(&self, summary: &AccountSummary) {
        self.rows.entry(summary.account_id.clone()).and_compute_with(|kept| match kept {
            Some(kept) if kept.value().version >= summary.version => Op::Nop,
            _ => Op::Put(summary.clone()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const DEADLINE: Duration = Duration::from_secs(10);

    /// Waits until nothing is kept any more; to look in this way is not to ask.
    async fn is_gone(cache: &InProcessCache, asked_for: bool) {
        let gone = async {
            let mut pace = tokio::time::interval(Duration::from_millis(10));
            while cache.rows.contains_key(&id()) {
                if asked_for {
                    cache.get(&id(), 0).await;
                }
                pace.tick().await;
            }
        };
        tokio::time::timeout(DEADLINE, gone).await.expect("a row has its end");
    }

    fn id() -> AccountId {
        "a".parse().unwrap()
    }

    fn row() -> AccountSummary {
        let at = domain::Timestamp::from_micros(0).unwrap();
        let money: domain::Money = "1 USD".parse().unwrap();
        AccountSummary {
            account_id: id(),
            user_id: "u".parse().unwrap(),
            account_type: domain::account::AccountType::Checking,
            balance: money,
            status: domain::account::Status::Active,
            created_at: at,
            last_transaction_at: at,
            daily_counts: Vec::new(),
            recent_transaction_ids: Vec::new(),
            total_deposits: money,
            total_withdrawals: money,
            total_transfers_out: money,
            total_transfers_in: money,
            version: 1,
            last_updated: at,
        }
    }

    #[test]
    fn a_row_is_kept_for_five_minutes_or_for_one_that_nobody_asks_for_it() {
        let policy = InProcessCache::default().rows.policy();
        assert_eq!(policy.time_to_live(), Some(Duration::from_secs(300)));
        assert_eq!(policy.time_to_idle(), Some(Duration::from_secs(60)));
        assert_eq!(policy.max_capacity(), Some(ROWS_MAX));
    }

    #[tokio::test]
    async fn a_row_ends_however_often_it_is_asked_for() {
        let cache = InProcessCache::keeping(Duration::from_millis(50), LONG, 1);
        cache.put(&row()).await;
        is_gone(&cache, true).await;
    }

    #[tokio::test]
    async fn a_row_that_nobody_asks_for_ends_sooner() {
        let cache = InProcessCache::keeping(LONG, Duration::from_millis(50), 1);
        cache.put(&row()).await;
        is_gone(&cache, false).await;
    }
}
