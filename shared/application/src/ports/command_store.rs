//! What the command side writes beyond commits: the records of commands.

use std::future::Future;

use uuid::Uuid;

use super::{AppendError, EventStore, StoreError};
use crate::{CommandRecord, Commit};

/// What a read sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Not yet what was written a moment ago; half the price.
    Eventual,
    /// All that was written.
    Strong,
}

/// An event store that also keeps the records of commands, and can write both at once.
pub trait CommandStore: EventStore {
    /// The record of a command.
    fn record(
        &self,
        command_id: Uuid,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Option<CommandRecord>, StoreError>> + Send;

    /// Writes a record: where there is none (`over` is `None`), or in place of the one without an outcome that this
    /// owner has.
    fn put_record(
        &self,
        record: &CommandRecord,
        over: Option<Uuid>,
    ) -> impl Future<Output = Result<(), RecordError>> + Send;

    /// [`append`](EventStore::append)s commits and adds the record of their command, all or none.
    fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> impl Future<Output = Result<(), AppendError>> + Send;
}

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Another one is there; `None` if the one to be replaced is gone.
    #[error("another record of the command is there")]
    Taken(Option<Box<CommandRecord>>),
    /// The store failed; the record may be there or not.
    #[error(transparent)]
    Store(#[from] StoreError),
}
