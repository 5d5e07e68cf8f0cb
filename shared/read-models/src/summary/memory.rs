//! Summaries in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::AccountSummary;
use domain::{AccountId, UserId};

use super::{Consistency, SummaryTable, Written};
use crate::TableError;

/// A table of summaries that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemorySummaryTable {
    rows: Arc<Mutex<BTreeMap<AccountId, AccountSummary>>>,
}

impl MemorySummaryTable {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<AccountId, AccountSummary>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SummaryTable for MemorySummaryTable {
    async fn read(
        &self,
        account_id: &AccountId,
        _: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        Ok(self.rows().get(account_id).cloned())
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let mut rows = self.rows();
        if rows.get(&summary.account_id).map(|row| row.version) != expected {
            return Ok(Written::Lost);
        }
        rows.insert(summary.account_id.clone(), summary.clone());
        Ok(Written::Done)
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        Ok(self.rows().values().filter(|row| row.user_id == *user_id).cloned().collect())
    }
}
