//! A near cache before a far one.

use application::ports::AccountSummary;
use domain::AccountId;

use super::SummaryCache;

/// Two caches: what the near one lacks is asked of the far one.
#[derive(Clone, Debug)]
pub struct Layered<N, F> {
    near: N,
    far: F,
}

impl<N, F> Layered<N, F> {
    /// The one before the other.
    pub fn new(near: N, far: F) -> Self {
        Self { near, far }
    }
}

impl<N: SummaryCache, F: SummaryCache> SummaryCache for Layered<N, F> {
    async fn get(&self, account_id: &AccountId, version_min: u64) -> Option<AccountSummary> {
        if let Some(near) = self.near.get(account_id, version_min).await {
            return Some(near);
        }
        let far = self.far.get(account_id, version_min).await?;
        self.near.put(&far).await;
        Some(far)
    }

    async fn put(&self, summary: &AccountSummary) {
        self.near.put(summary).await;
        self.far.put(summary).await;
    }
}
