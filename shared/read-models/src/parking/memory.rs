//! Parked accounts in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::{Environment, ParkedId, Projection};
use domain::Timestamp;

use super::{Parked, Parking, ParkingLot};
use crate::{TableError, summary::Written};

type Rows = BTreeMap<ParkedId, Parked>;

/// Parked accounts that live as long as the process. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryParking {
    rows: Arc<Mutex<Rows>>,
    clock: Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>,
}

impl MemoryParking {
    /// Parked accounts that say since when; the default ones do not.
    #[must_use]
    pub fn timed(environment: impl Environment + 'static) -> Self {
        Self { rows: Arc::default(), clock: Some(Arc::new(move || environment.now())) }
    }

    /// All parked accounts, by projection and account.
    #[must_use]
    pub fn all(&self) -> Vec<Parked> {
        self.rows().values().cloned().collect()
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a row on the condition that it is still the one seen.
    fn change(&self, seen: &Parked, change: impl FnOnce(&mut Rows)) -> Written {
        let mut rows = self.rows();
        if rows.get(&seen.id()).map(|row| row.version) != Some(seen.version) {
            return Written::Lost;
        }
        change(&mut rows);
        Written::Done
    }
}

impl fmt::Debug for MemoryParking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryParking").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Parking for MemoryParking {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        let parked = Parked { parked_at: self.clock.as_ref().map(|now| now()), ..parked.clone() };
        let mut rows = self.rows();
        if rows.get(&parked.id()).is_none_or(|row| parked.version < row.version) {
            rows.insert(parked.id(), parked);
        }
        Ok(())
    }
}

impl ParkingLot for MemoryParking {
    async fn find(&self, id: &ParkedId) -> Result<Option<Parked>, TableError> {
        Ok(self.rows().get(id).cloned())
    }

    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, TableError> {
        let rows = self.rows();
        let following = rows.range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        let asked = following.filter(|(id, _)| projection.is_none_or(|asked| id.projection == asked));
        Ok(asked.take(limit).map(|(_, row)| row.clone()).collect())
    }

    async fn renew(&self, seen: &Parked, parked: &Parked) -> Result<Written, TableError> {
        let parked = Parked { parked_at: seen.parked_at, ..parked.clone() };
        Ok(self.change(seen, |rows| drop(rows.insert(seen.id(), parked))))
    }

    async fn remove(&self, seen: &Parked) -> Result<Written, TableError> {
        Ok(self.change(seen, |rows| drop(rows.remove(&seen.id()))))
    }
}
