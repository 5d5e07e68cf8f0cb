//! Parked accounts in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::AccountId;

use super::{Parked, Parking};
use crate::TableError;

/// Parked accounts that live as long as the process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryParking {
    rows: Arc<Mutex<BTreeMap<(&'static str, AccountId), Parked>>>,
}

impl MemoryParking {
    /// All parked accounts, by projection and account.
    #[must_use]
    pub fn all(&self) -> Vec<Parked> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl Parking for MemoryParking {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row =
            rows.entry((parked.projection, parked.account_id.clone())).or_insert_with(|| parked.clone());
        if parked.version < row.version {
            *row = parked.clone();
        }
        Ok(())
    }
}
