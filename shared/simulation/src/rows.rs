//! The rows of the summaries, also as they were a moment ago.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use application::ports::AccountSummary;
use domain::AccountId;
use read_models::summary::{Consistency, MemorySummaryTable, SummaryTable as _, Written};

use crate::network::ready;

/// The table of summaries, and each row as it was before it was last written: what a read may still see that is not
/// consistent. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    pub(crate) table: MemorySummaryTable,
    before: Arc<Mutex<BTreeMap<AccountId, Option<AccountSummary>>>>,
}

impl Rows {
    pub(crate) fn read(&self, account_id: &AccountId) -> Option<AccountSummary> {
        ready(self.table.read(account_id, Consistency::Strong)).unwrap()
    }

    pub(crate) fn read_stale(&self, account_id: &AccountId) -> Option<AccountSummary> {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.get(account_id).cloned().flatten()
    }

    pub(crate) fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Written {
        let row = self.read(&summary.account_id);
        let written = ready(self.table.write(summary, expected)).unwrap();
        if written == Written::Done {
            let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
            before.insert(summary.account_id.clone(), row);
        }
        written
    }
}
