//! Which generations there were a moment ago: for queries, which cannot ask anew each time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use application::ports::{Environment, Generations, Projection};
use domain::Timestamp;

use super::GenerationCatalog;
use crate::TableError;

/// How long an answer is used again.
///
/// For so long after a switch one query may read the one generation and the next query
/// the other, which may lack what was written to the first a moment before; a query with `min_version` never does.
pub const LIFETIME_SECONDS: i64 = 5;

type Known = BTreeMap<Projection, (Timestamp, Generations)>;

/// A catalog that is asked once in [`LIFETIME_SECONDS`]. Clones share the answers.
#[derive(Clone, Debug)]
pub struct RecentGenerations<C, E> {
    catalog: C,
    environment: E,
    known: Arc<Mutex<Known>>,
}

impl<C, E> RecentGenerations<C, E> {
    /// This catalog, asked now and then.
    pub fn new(catalog: C, environment: E) -> Self {
        Self { catalog, environment, known: Arc::default() }
    }

    fn known(&self, projection: Projection) -> Option<(Timestamp, Generations)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&projection).cloned()
    }
}

impl<C: GenerationCatalog, E: Environment> RecentGenerations<C, E> {
    /// The generations of a projection's read model, as they were at most [`LIFETIME_SECONDS`] ago; if nobody answers,
    /// twice as long ago: for so long the generation that was read is still there.
    ///
    /// # Errors
    /// [`TableError`] if there is no such answer.
    pub async fn generations(&self, projection: Projection) -> Result<Generations, TableError> {
        let now = self.environment.now();
        let known = self.known(projection);
        if let Some((at, generations)) = &known
            && now < at.plus_seconds(LIFETIME_SECONDS)
        {
            return Ok(generations.clone());
        }
        match (self.catalog.generations(projection).await, known) {
            (Ok(generations), _) => {
                let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                all.insert(projection, (now, generations.clone()));
                Ok(generations)
            }
            (Err(_), Some((at, known))) if now < at.plus_seconds(2 * LIFETIME_SECONDS) => Ok(known),
            (Err(error), _) => Err(error),
        }
    }
}
