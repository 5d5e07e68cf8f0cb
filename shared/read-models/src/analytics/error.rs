//! Why the analytics could not be kept. All of it is worth another try.

use application::{codec::CodecError, journal::Position, ports::StoreError};
use parquet::errors::ParquetError;

use crate::MessageError;

/// Why objects could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the store of objects is unavailable")]
pub struct ObjectError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Why a message or a compaction was not done.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The message is none of ours: it ends up in the dead-letter queue.
    #[error("the message cannot be read")]
    Message(#[from] MessageError),
    /// The message is of the time before there was a journal, and has no position.
    #[error("the message has no position in the journal")]
    NoPosition,
    /// The events of a commit are no list, which no journaled commit's are.
    #[error("a journaled commit cannot be read")]
    Commit(#[from] CodecError),
    /// The journal or the events could not be read.
    #[error("the journal could not be read")]
    Journal(#[from] StoreError),
    /// The journal has no block that begins here, although everything before this was handed on.
    #[error("the journal has no block at position {0}")]
    NoBlock(Position),
    /// The objects could not be read or written.
    #[error("the files could not be read or written")]
    Objects(#[from] ObjectError),
    /// A file could not be made, or the list of the compactions not be read.
    #[error("a file is malformed")]
    Parquet(#[from] ParquetError),
    /// The list of the compactions says nothing of what is recent.
    #[error("the list of the compactions is malformed")]
    Compactions,
    /// Others kept changing the list of the compactions.
    #[error("others changed the list of the compactions at every try")]
    Contended,
}
