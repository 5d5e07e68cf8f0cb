//! What is written down about the projections themselves: small texts, each with a lock on its revision.

use std::future::Future;

use application::ports::{Generations, Projection};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{TableError, error::unreadable, rebuild::Job, summary::Written};

/// The item that says which generations a projection has, and what is being done to them.
const GENERATIONS: &str = "generations";

/// A text, and how often it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// JSON.
    pub body: String,
    /// 1, 2, 3 and so on.
    pub revision: u64,
}

/// Texts by projection and name, strongly consistent.
pub trait ControlTable: Send + Sync {
    /// The text of this name.
    ///
    /// # Errors
    /// [`TableError`].
    fn get(
        &self,
        projection: Projection,
        name: &str,
    ) -> impl Future<Output = Result<Option<Entry>, TableError>> + Send;

    /// Puts a text in the place of the one at this revision, or of none.
    ///
    /// # Errors
    /// [`TableError`]; then it may have been written or not.
    fn put(
        &self,
        projection: Projection,
        name: &str,
        body: &str,
        expected: Option<u64>,
    ) -> impl Future<Output = Result<Written, TableError>> + Send;

    /// All texts whose names begin like this, by name.
    ///
    /// # Errors
    /// [`TableError`].
    fn list(
        &self,
        projection: Projection,
        beginning: &str,
    ) -> impl Future<Output = Result<Vec<(String, Entry)>, TableError>> + Send;
}

/// The generations of a projection and its newest rebuild: one item, so that each step of a rebuild is one write, and no
/// two of them can both be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) generations: Generations,
    /// When the generation that is read was changed last.
    #[serde(default)]
    pub(crate) read_since: Option<Timestamp>,
    /// The newest rebuild, running or over.
    #[serde(default)]
    pub(crate) rebuild: Option<Job>,
}

/// A projection's record, and its revision if it was ever written.
pub(crate) async fn record<C: ControlTable>(
    table: &C,
    projection: Projection,
) -> Result<(Record, Option<u64>), TableError> {
    match table.get(projection, GENERATIONS).await? {
        Some(entry) => Ok((serde_json::from_str(&entry.body).map_err(unreadable)?, Some(entry.revision))),
        None => Ok((Record::default(), None)),
    }
}

impl Record {
    pub(crate) async fn put<C: ControlTable>(
        &self,
        table: &C,
        projection: Projection,
        expected: Option<u64>,
    ) -> Result<Written, TableError> {
        let body = serde_json::to_string(self).map_err(unreadable)?;
        table.put(projection, GENERATIONS, &body, expected).await
    }

    /// The rebuild that is running.
    pub(crate) fn running(&self) -> Option<&Job> {
        self.rebuild.as_ref().filter(|job| job.is_running())
    }

    /// Makes a generation the one that is read, and so the last to be written.
    pub(crate) fn read(&mut self, generation: u32, now: Timestamp) {
        self.read_since = Some(now);
        let Generations { read, written, .. } = &mut self.generations;
        *read = generation;
        written.retain(|one| *one != generation);
        written.push(generation);
    }

    /// Lets a new generation take part in what happens, before the one that is read.
    pub(crate) fn announce(&mut self, generation: u32) {
        self.generations.newest = self.generations.newest.max(generation);
        if !self.generations.written.contains(&generation) {
            self.generations.written.insert(0, generation);
        }
    }

    /// Lets a generation take part no more.
    pub(crate) fn retire(&mut self, generation: u32) {
        self.generations.written.retain(|one| *one != generation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(read: u32, written: &[u32], newest: u32) -> Record {
        let generations = Generations { read, written: written.to_vec(), newest };
        Record { generations, ..Record::default() }
    }

    #[test]
    fn the_generation_that_is_read_is_always_the_last_to_be_written() {
        let (mut one, now) = (Record::default(), "2026-01-01T00:00:00Z".parse().unwrap());
        one.announce(2);
        assert_eq!(one, record(1, &[2, 1], 2));
        one.announce(2);
        one.read(2, now);
        assert_eq!(one.read_since.take(), Some(now));
        assert_eq!(one, record(2, &[1, 2], 2));
        one.announce(3);
        assert_eq!(one, record(2, &[3, 1, 2], 3));
        one.read(1, now);
        one.read_since = None;
        one.retire(3);
        assert_eq!(one, record(1, &[2, 1], 3));
    }

    #[test]
    fn a_record_is_stored_in_the_form_that_it_always_had() {
        let stored = r#"{"read":2,"written":[1,2],"newest":3,"read_since":null,"rebuild":null}"#;
        let record = record(2, &[1, 2], 3);
        assert_eq!(serde_json::to_string(&record).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Record>(stored).unwrap(), record);
    }
}
