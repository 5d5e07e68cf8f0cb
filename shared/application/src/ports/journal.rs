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

    /// The last version of each of these streams that is in the journal. Streams of which there is none are left out.
    /// May be a moment old, which [`append`](Self::append) finds out.
    fn journaled(
        &self,
        streams: &[StreamId],
    ) -> impl Future<Output = Result<BTreeMap<StreamId, u64>, StoreError>> + Send;

    /// Adds a block, and with it all that it says of its streams, or nothing: only if the next position is where it
    /// begins, and each of its streams is journaled up to just before its first entry here.
    fn append(&self, block: &Block) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Up to `limit` blocks in order, from the one that holds this position on.
    fn blocks(
        &self,
        from: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Block>, StoreError>> + Send;

    /// The position before which every commit was handed on to every queue; strongly consistent.
    fn handed_on(&self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Moves that position; never backwards.
    fn set_handed_on(&self, until: Position) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why a block was not added. Only [`Unavailable`](JournalError::Unavailable) leaves open whether it was.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The journal, or one of the streams in it, has moved on: plan again. Nothing was added.
    #[error("the journal has moved on")]
    Moved,
    /// Another transaction was under way on the same items: try the same again. Nothing was added.
    #[error("another transaction was under way on the journal")]
    Contended,
    /// More was asked than the table takes at a time. Nothing was added.
    #[error("the journal is throttled")]
    Throttled,
    /// The table did not answer, or not intelligibly: the block may be there or not.
    #[error("the journal is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
