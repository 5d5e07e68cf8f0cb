//! Why a read model could not be kept. Only what is worth another try is an error; the rest is parked.

use application::{
    journal::SequenceError,
    ports::{Projection, StoreError},
};
use domain::AccountId;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// More was asked than the table takes at a time: try again later.
    #[error("a read model's table is throttled")]
    Throttled,
    /// The table did not answer, or not intelligibly.
    #[error("a read model's table is unavailable")]
    Unavailable(#[source] Source),
    /// An item is there that this build cannot read.
    #[error("a row of a read model is malformed")]
    Unreadable(#[source] Source),
}

/// An item that cannot be read, or written, as what it has to be.
pub(crate) fn unreadable(error: impl Into<Source>) -> TableError {
    TableError::Unreadable(error.into())
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Throttled => Self::Throttled,
            TableError::Unavailable(source) => Self::Unavailable(source),
            TableError::Unreadable(source) => Self::Unreadable(source),
        }
    }
}

/// Why a batch has to come again, as a whole; which does no harm, since what was done already is not done twice.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The journal could not be read or written.
    #[error("the journal failed")]
    Journal(#[from] SequenceError),
    /// The commits that a gap lacks could not be read.
    #[error("the events could not be read")]
    Events(#[source] StoreError),
    /// The table of the read model, or the one of parked accounts, failed.
    #[error("a table could not be read or written")]
    Table(#[from] TableError),
    /// The search index failed.
    #[error("the search index could not be written")]
    Index(#[from] crate::history::IndexError),
    /// Others kept changing the same row.
    #[error("others changed the row of account {account_id} at each of {attempts} tries")]
    Contended {
        /// Whose row.
        account_id: AccountId,
        /// That many.
        attempts: u32,
    },
    /// Sums of money are more than can be written down.
    #[error("the sums of {currency} have too many digits")]
    TooMuch {
        /// ISO 4217.
        currency: String,
    },
    /// What is to be made anew is no read model.
    #[error("the projection {projection} is not rebuilt")]
    NotRebuildable {
        /// Which one.
        projection: Projection,
    },
    /// A task could not be handed on to a worker.
    #[error("a rebuild could not go on")]
    Task(#[from] crate::rebuild::TaskError),
    /// A document was not written this time.
    #[error("a transaction of account {account_id} was not written: {reason}")]
    NotWritten {
        /// Whose.
        account_id: AccountId,
        /// What the index says.
        reason: String,
    },
}

impl ProjectionError {
    /// Whether a store takes no more just now, and does a moment later.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        matches!(
            self,
            Self::Events(StoreError::Throttled)
                | Self::Table(TableError::Throttled)
                | Self::Index(crate::history::IndexError::Throttled)
        )
    }
}

impl From<ProjectionError> for StoreError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Events(error) => error,
            ProjectionError::Table(error) => error.into(),
            ProjectionError::Index(error) => error.into(),
            ProjectionError::Journal(_)
            | ProjectionError::Contended { .. }
            | ProjectionError::TooMuch { .. }
            | ProjectionError::NotRebuildable { .. }
            | ProjectionError::Task(_)
            | ProjectionError::NotWritten { .. } => Self::Unavailable(error.into()),
        }
    }
}
