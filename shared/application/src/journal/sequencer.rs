//! Gives each commit its position, once.
//!
//! The journal knows for each stream up to which version it has it, and a block is added only if both that and the
//! journal's end are still as they were when it was planned. So it does not matter how often a commit comes, in which
//! order, in which batches and to how many at once: whoever loses plans again, and finds it done. What is missing
//! between is read from the events table, so that a record that was never delivered is not missing in the journal.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Block, Journaled, Position,
    plan::{Commits, Plan, entries, next_block},
};
use crate::{
    Commit, StreamId,
    ports::{Environment, EventStore, Journal, JournalError, StoreError},
};

/// How often a block is planned anew after somebody else was quicker.
pub const ATTEMPTS_MAX: u32 = 20;

/// The longest wait before that.
const PAUSE_MAX: Duration = Duration::from_millis(50);

/// How many streams' ends are remembered between batches.
const REMEMBERED_MAX: usize = 10_000;

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
    environment: E,
    remembered: Mutex<Remembered>,
}

/// Where journal and streams ended when they were last seen: saves reads as long as nobody else writes.
#[derive(Debug, Default)]
struct Remembered {
    next: Option<Position>,
    journaled: BTreeMap<StreamId, u64>,
}

impl<S: EventStore, J: Journal, E: Environment> Sequencer<S, J, E> {
    /// Journals what this store has.
    pub fn new(store: S, journal: J, environment: E) -> Self {
        Self { store, journal, environment, remembered: Mutex::default() }
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
        let (mut sequenced, mut in_vain) = (Sequenced::default(), 0);
        while in_vain < ATTEMPTS_MAX {
            let journaled = self.journaled(&batch).await?;
            let mut plan = Plan::of(&self.store, &batch, &journaled).await.map_err(SequenceError::Events)?;
            let (mut commits, mut is_done) = (plan.commits(), !plan.has_more);
            sequenced.stuck = plan.stuck;
            in_vain += 1;
            while !commits.is_empty() {
                let part = next_block(&mut commits);
                match self.append(part).await? {
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
    async fn append(&self, commits: Vec<Commit>) -> Result<Option<Journaled>, SequenceError> {
        let entries = entries(&commits).map_err(SequenceError::Events)?;
        let mut last = JournalError::Moved;
        for attempt in 0..ATTEMPTS_MAX {
            if attempt > 0 {
                self.environment.pause(PAUSE_MAX).await;
            }
            let (first, journaled_at) = (self.next_position().await?, self.environment.now());
            let block = Block { first, entries: entries.clone(), journaled_at };
            match self.journal.append(&block).await {
                Ok(()) => {
                    self.remember(&block);
                    return Ok(Some(Journaled { block, commits }));
                }
                Err(error) => {
                    self.forget();
                    last = error;
                }
            }
            // It may be there though no answer came, or be another's by now.
            if !self.still_follows(&block).await? {
                return Ok(None);
            }
        }
        Err(SequenceError::NotWritten(last))
    }

    /// Whether the streams of a block are still where it begins.
    async fn still_follows(&self, block: &Block) -> Result<bool, SequenceError> {
        let moves = block.moves();
        let streams: Vec<StreamId> = moves.keys().map(|stream| (*stream).clone()).collect();
        let journaled = self.journal.journaled(&streams).await.map_err(SequenceError::Journal)?;
        Ok(moves.iter().all(|(stream, (before, _))| journaled.get(*stream).copied().unwrap_or(0) == *before))
    }

    async fn next_position(&self) -> Result<Position, SequenceError> {
        let remembered = self.remembered().next;
        match remembered {
            Some(next) => Ok(next),
            None => self.journal.next_position().await.map_err(SequenceError::Journal),
        }
    }

    async fn journaled(
        &self,
        batch: &BTreeMap<StreamId, Commits>,
    ) -> Result<BTreeMap<StreamId, u64>, SequenceError> {
        let (mut journaled, mut unknown) = (BTreeMap::new(), Vec::new());
        {
            let remembered = self.remembered();
            for stream in batch.keys() {
                match remembered.journaled.get(stream) {
                    Some(version) => _ = journaled.insert(stream.clone(), *version),
                    None => unknown.push(stream.clone()),
                }
            }
        }
        if !unknown.is_empty() {
            journaled.extend(self.journal.journaled(&unknown).await.map_err(SequenceError::Journal)?);
        }
        Ok(journaled)
    }

    fn remember(&self, block: &Block) {
        let mut remembered = self.remembered();
        remembered.next = Some(block.end());
        if remembered.journaled.len() > REMEMBERED_MAX {
            remembered.journaled.clear();
        }
        for (stream, (_, after)) in block.moves() {
            remembered.journaled.insert(stream.clone(), after);
        }
    }

    fn forget(&self) {
        *self.remembered() = Remembered::default();
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
