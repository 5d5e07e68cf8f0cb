//! Gives each commit its position, once.
//!
//! A block is added by one conditional write at the journal's end, and planned from where every stream was when the
//! journal ended there ([`Ends`](super::ends::Ends)). If somebody else has added one meanwhile, the position is taken; if
//! not, no stream can have moved on. So it does not matter how often a commit comes, in which order, in which batches and
//! to how many at once: whoever loses reads what was added, and goes on from there. What is missing between is read from
//! the events table, so that a record that was never delivered is not missing in the journal.

use std::{collections::BTreeMap, time::Duration};

use futures::lock::Mutex;

use super::{
    Block, Journaled,
    ends::Ends,
    plan::{Commits, Plan, entries, next_block},
};
use crate::{
    Commit, StreamId,
    ports::{Environment, EventStore, Journal, JournalError, StoreError},
};

/// How often a block is tried, and planned anew, after somebody else was quicker.
pub const ATTEMPTS_MAX: u32 = 20;

/// The longest wait before that.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// How many streams' ends are remembered between batches.
const REMEMBERED_MAX: usize = 100_000;

/// A stream that cannot go on in the journal, from this version on. All others can.
#[derive(Debug)]
pub struct Stuck {
    /// Which one.
    pub stream: StreamId,
    /// The first version that cannot be journaled.
    pub version: u64,
    /// Why.
    pub reason: Box<StoreError>,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Sequenced {
    /// The blocks that were added for it; none if all of it was there already.
    pub blocks: Vec<Journaled>,
    /// The streams that could not go on.
    pub stuck: Vec<Stuck>,
}

/// Why commits were not journaled; some may have been.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// The events table failed.
    #[error("the events could not be read")]
    Events(#[source] StoreError),
    /// The journal failed.
    #[error("the journal could not be read")]
    Journal(#[source] StoreError),
    /// The journal could not be written.
    #[error("the journal could not be written in {ATTEMPTS_MAX} tries")]
    NotWritten(#[source] JournalError),
}

/// Writes the journal from commits that come in any order.
#[derive(Debug)]
pub struct Sequencer<S, J, E> {
    pub(super) store: S,
    pub(super) journal: J,
    pub(super) environment: E,
    /// Kept between batches, and held during one: two of one relay would only race.
    pub(super) ends: Mutex<Ends>,
}

impl<S: EventStore, J: Journal, E: Environment> Sequencer<S, J, E> {
    /// Journals what this store has.
    pub fn new(store: S, journal: J, environment: E) -> Self {
        Self { store, journal, environment, ends: Mutex::new(Ends::new(REMEMBERED_MAX)) }
    }

    /// The same with another memory: so many streams' ends are remembered between batches.
    #[must_use]
    pub fn remembering(self, streams: usize) -> Self {
        Self { ends: Mutex::new(Ends::new(streams)), ..self }
    }

    /// Gives these commits, and all that come before them in their streams, the positions that they lack.
    ///
    /// # Errors
    /// [`SequenceError`]: the same commits may come again.
    pub async fn journal(&self, commits: Vec<Commit>) -> Result<Sequenced, SequenceError> {
        let mut batch = BTreeMap::<StreamId, Commits>::new();
        for commit in commits {
            batch.entry(commit.stream.clone()).or_default().insert(commit.version, commit);
        }
        let ends = &mut *self.ends.lock().await;
        let (mut sequenced, mut in_vain) = (Sequenced::default(), 0);
        while in_vain < ATTEMPTS_MAX {
            ends.read(&self.journal, batch.keys()).await.map_err(SequenceError::Journal)?;
            let mut plan = Plan::of(&self.store, &batch, ends).await.map_err(SequenceError::Events)?;
            let (mut commits, mut is_done) = (plan.commits(), !plan.has_more);
            sequenced.stuck = plan.stuck;
            in_vain += 1;
            while !commits.is_empty() {
                let part = next_block(&mut commits);
                match self.append(ends, part).await? {
                    Some(journaled) => {
                        sequenced.blocks.push(journaled);
                        in_vain = 0;
                    }
                    // Somebody else had some of it: the rest of the plan is as old.
                    None => {
                        is_done = false;
                        break;
                    }
                }
            }
            if is_done {
                return Ok(sequenced);
            }
        }
        Err(SequenceError::NotWritten(JournalError::Moved))
    }

    /// Adds one block; `None` if a stream in it has moved on, so that it has to be planned anew.
    async fn append(
        &self,
        ends: &mut Ends,
        commits: Vec<Commit>,
    ) -> Result<Option<Journaled>, SequenceError> {
        let entries = entries(&commits).map_err(SequenceError::Events)?;
        let Some(first) = ends.next() else { return Ok(None) };
        let mut block = Block { first, entries, journaled_at: self.environment.now() };
        let mut last = JournalError::Moved;
        for _ in 0..ATTEMPTS_MAX {
            match self.journal.append(&block).await {
                Ok(()) => {
                    ends.add(&block);
                    return Ok(Some(Journaled { block, commits }));
                }
                Err(error) => last = error,
            }
            self.environment.pause(PAUSE_MAX).await;
            if ends.look(&self.journal, Some(&block)).await.map_err(SequenceError::Journal)? {
                // It was there though no answer came.
                return Ok(Some(Journaled { block, commits }));
            }
            if !block.moves().into_iter().all(|(stream, (before, _))| ends.of(stream) == Some(before)) {
                return Ok(None);
            }
            if let Some(first) = ends.next().filter(|next| *next != block.first) {
                block = Block { first, journaled_at: self.environment.now(), ..block };
            }
        }
        Err(SequenceError::NotWritten(last))
    }
}
