//! Summaries kept at hand: in a Valkey or Redis that the functions share, in a function's own memory, or in both.
//!
//! A cache saves reads and nothing else. What it holds is a row as it once was, so a query that asks for the newest
//! goes around it, and one that asks for a version takes from it no older one. Whether it is reachable changes no
//! answer: a cache has no errors, it has a row or it has none.
//!
//! **Architecture invariant:** fold, projector and reader know no cache; it stands in front of the port `Summaries`
//! and behind the port `SummaryTable`.

#[cfg(feature = "servers")]
mod circuit;
#[cfg(feature = "servers")]
mod entry;
mod in_process;
mod layered;
#[cfg(feature = "servers")]
mod shared;
mod summaries;
mod write_through;

use std::{future::Future, time::Duration};

use application::ports::AccountSummary;
use domain::AccountId;

pub use in_process::{IDLE_LIFETIME, InProcessCache, ROWS_MAX};
pub use layered::Layered;
#[cfg(feature = "servers")]
pub use shared::{InvalidCacheUrl, SharedCache, Timeouts, key};
pub use summaries::CachedSummaries;
pub use write_through::WriteThrough;

/// How long a row is kept, however often it is asked for: so old may an answer be to a query that asks for no version.
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Rows that were read or written a while ago.
pub trait SummaryCache: Send + Sync {
    /// The row of an account, if one is kept that is of this version or a later one.
    fn get(
        &self,
        account_id: &AccountId,
        version_min: u64,
    ) -> impl Future<Output = Option<AccountSummary>> + Send;

    /// Keeps a row, unless one of the same or a later version is kept already; best effort.
    fn put(&self, summary: &AccountSummary) -> impl Future<Output = ()> + Send;
}

/// A cache that is there only if it is configured.
impl<C: SummaryCache> SummaryCache for Option<C> {
    async fn get(&self, account_id: &AccountId, version_min: u64) -> Option<AccountSummary> {
        match self {
            Some(cache) => cache.get(account_id, version_min).await,
            None => None,
        }
    }

    async fn put(&self, summary: &AccountSummary) {
        if let Some(cache) = self {
            cache.put(summary).await;
        }
    }
}
