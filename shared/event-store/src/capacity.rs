//! What the table charged: the cost model of the ledger, counted instead of estimated.

use std::sync::{Arc, Mutex, PoisonError};

use application::ports::AppendError;
use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Capacity units and requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Capacity {
    /// Read request units; a strongly consistent read of up to 4 KB takes one.
    pub read_units: f64,
    /// Write request units; a write of up to 1 KB takes one, two in a transaction.
    pub write_units: f64,
    /// Requests that the table answered.
    pub requests: u64,
    /// Appends that were sent, also those that were not taken.
    pub appends: u64,
    /// Appends that came too late, or met another transaction.
    pub conflicts: u64,
    /// Appends that the table had no capacity for.
    pub throttled: u64,
}

impl Capacity {
    /// What has been added since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
            requests: self.requests.saturating_sub(earlier.requests),
            appends: self.appends.saturating_sub(earlier.appends),
            conflicts: self.conflicts.saturating_sub(earlier.conflicts),
            throttled: self.throttled.saturating_sub(earlier.throttled),
        }
    }
}

/// Adds up what requests consumed. Clones share the sum.
#[derive(Clone, Debug, Default)]
pub struct CapacityMeter {
    total: Arc<Mutex<Capacity>>,
}

impl CapacityMeter {
    /// The sum so far.
    #[must_use]
    pub fn read(&self) -> Capacity {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add_read(&self, consumed: Option<&ConsumedCapacity>) {
        let units = consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        self.add(|total| {
            total.read_units += units;
            total.requests += 1;
        });
    }

    pub(crate) fn add_write<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        self.add(|total| {
            total.write_units += units;
            total.requests += 1;
        });
    }

    /// Counts an append, and what became of it.
    pub(crate) fn add_append(&self, done: &Result<(), AppendError>) {
        self.add(|total| {
            total.appends += 1;
            match done {
                Err(AppendError::Conflict { .. } | AppendError::Contended) => total.conflicts += 1,
                Err(AppendError::Throttled) => total.throttled += 1,
                _ => {}
            }
        });
    }

    fn add(&self, more: impl FnOnce(&mut Capacity)) {
        more(&mut self.total.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
