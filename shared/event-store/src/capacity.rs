//! What the table charged: the cost model of the ledger, counted instead of estimated.

use std::sync::{Arc, Mutex, PoisonError};

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
}

impl Capacity {
    /// What has been added since an earlier reading.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
            requests: self.requests.saturating_sub(earlier.requests),
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
        self.add(Capacity { read_units: units, write_units: 0.0, requests: 1 });
    }

    pub(crate) fn add_write<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        self.add(Capacity { read_units: 0.0, write_units: units, requests: 1 });
    }

    fn add(&self, more: Capacity) {
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        total.read_units += more.read_units;
        total.write_units += more.write_units;
        total.requests += more.requests;
    }
}
