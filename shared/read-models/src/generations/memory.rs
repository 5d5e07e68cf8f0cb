//! The texts in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::Projection;

use super::{ControlTable, Entry};
use crate::{TableError, summary::Written};

type Entries = BTreeMap<(Projection, String), Entry>;

/// A table of texts that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryControlTable {
    entries: Arc<Mutex<Entries>>,
}

impl MemoryControlTable {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ControlTable for MemoryControlTable {
    async fn get(&self, projection: Projection, name: &str) -> Result<Option<Entry>, TableError> {
        Ok(self.entries().get(&(projection, name.to_owned())).cloned())
    }

    async fn put(
        &self,
        projection: Projection,
        name: &str,
        body: &str,
        expected: Option<u64>,
    ) -> Result<Written, TableError> {
        let (mut entries, key) = (self.entries(), (projection, name.to_owned()));
        if entries.get(&key).map(|entry| entry.revision) != expected {
            return Ok(Written::Lost);
        }
        let revision = expected.unwrap_or_default().saturating_add(1);
        entries.insert(key, Entry { body: body.to_owned(), revision });
        Ok(Written::Done)
    }

    async fn list(
        &self,
        projection: Projection,
        beginning: &str,
    ) -> Result<Vec<(String, Entry)>, TableError> {
        let entries = self.entries();
        let of_projection = entries.iter().filter(|((one, _), _)| *one == projection);
        let named = of_projection.map(|((_, name), entry)| (name.clone(), entry.clone()));
        Ok(named.filter(|(name, _)| name.starts_with(beginning)).collect())
    }
}
