//! Summaries for queries, from the cache where that is fresh enough.

use application::ports::{AccountSummary, Freshness, StoreError, Summaries};
use domain::{AccountId, UserId};

use super::SummaryCache;

/// Summaries with a cache in front of them.
#[derive(Clone, Debug)]
pub struct CachedSummaries<R, C> {
    summaries: R,
    cache: C,
}

impl<R: Summaries, C: SummaryCache> CachedSummaries<R, C> {
    /// These summaries behind this cache.
    pub fn new(summaries: R, cache: C) -> Self {
        Self { summaries, cache }
    }

    async fn cached(&self, account_id: &AccountId, freshness: Freshness) -> Option<AccountSummary> {
        match freshness {
            Freshness::Eventual => self.cache.get(account_id, 0).await,
            Freshness::AtLeast(version) => self.cache.get(account_id, version).await,
            // Only the events know which one is the newest.
            Freshness::Strong => None,
        }
    }
}

impl<R: Summaries, C: SummaryCache> Summaries for CachedSummaries<R, C> {
    async fn find(
        &self,
        account_id: &AccountId,
        freshness: Freshness,
    ) -> Result<Option<AccountSummary>, StoreError> {
        if let Some(cached) = self.cached(account_id, freshness).await {
            return Ok(Some(cached));
        }
        let found = self.summaries.find(account_id, freshness).await?;
        // That there is no such account is not kept: it may be opened the moment after.
        if let Some(found) = &found {
            self.cache.put(found).await;
        }
        Ok(found)
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, StoreError> {
        self.summaries.of_user(user_id).await
    }
}
