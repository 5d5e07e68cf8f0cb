//! The table of summaries, whose new rows go into the cache as well.

use application::ports::AccountSummary;
use domain::{AccountId, UserId};

use super::SummaryCache;
use crate::{
    TableError,
    summary::{Consistency, SummaryTable, Written},
};

/// A table that puts into a cache what was written to it. Reads go to the table alone.
///
/// The table comes first: a row that is only in the cache would be one that never was. What the cache does not take is
/// not tried again; an older row may then stay in it until its [`LIFETIME`](super::LIFETIME) ends.
#[derive(Clone, Debug)]
pub struct WriteThrough<T, C> {
    table: T,
    cache: C,
}

impl<T: SummaryTable, C: SummaryCache> WriteThrough<T, C> {
    /// This table, with this cache after it.
    pub fn new(table: T, cache: C) -> Self {
        Self { table, cache }
    }
}

impl<T: SummaryTable, C: SummaryCache> SummaryTable for WriteThrough<T, C> {
    async fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        self.table.read(account_id, consistency).await
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let written = self.table.write(summary, expected).await?;
        if written == Written::Done {
            self.cache.put(summary).await;
        }
        Ok(written)
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        self.table.of_user(user_id).await
    }
}
