//! The journal: every commit of every stream in one order, given after it was committed.

use std::{collections::BTreeMap, future::Future};

use super::StoreError;
use crate::{
    StreamId,
    journal::{Block, Position},
};

/// Blocks of places, each stream's commits in their order, without gaps and without repetitions.
pub trait Journal: Send + Sync {
    /// The position that the next block has to begin with; strongly consistent.
    fn next_position(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Adds a block, if the journal ends where the block begins; else nothing.
    fn append(&self, block: &Block) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Up to `limit` blocks in order, from the one that holds this position on.
    fn blocks(
        &self,
        from: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Block>, StoreError>> + Send;

    /// Up to `limit` blocks in order, of those that begin at this position or after it; strongly consistent.
    fn following(
        &self,
        from: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Block>, StoreError>> + Send;

    /// Writes down how far the journal has each of a block's streams, for [`ends`](Self::ends). May be done again, later,
    /// and in any order: the newest block counts.
    fn write_ends(&self, block: &Block) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The last version of each of these streams that was written down; streams of which none was are left out. Strongly
    /// consistent, but blocks from [`handed_on`](Self::handed_on) on may not be in it yet.
    fn ends(
        &self,
        streams: &[StreamId],
    ) -> impl Future<Output = Result<BTreeMap<StreamId, u64>, StoreError>> + Send;

    /// The position before which every commit was handed on to every queue, and every stream's end is written down;
    /// strongly consistent.
    fn handed_on(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Moves that position; never backwards.
    fn set_handed_on(&self, until: Position) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why it is not known that a block was added: it may be there all the same, from an attempt whose answer was lost.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is a block at its position.
    #[error("the journal has moved on")]
    Moved,
    /// More was asked than the table takes at a time.
    #[error("the journal is throttled")]
    Throttled,
    /// The table did not answer, or not intelligibly.
    #[error("the journal is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
