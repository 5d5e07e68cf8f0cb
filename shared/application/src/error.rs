//! Why a use case failed. `Display` is for the log; what a client is told is decided in `http-api`, in one place.

use domain::AccountId;

use crate::{
    codec::CodecError,
    ports::{AnalyticsError, AppendError, HistoryError, PageError, StoreError},
};

/// Why a command was not decided. What was decided against it is a [`Refusal`](crate::Refusal).
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Only the bank's own people may do this.
    #[error("this takes an admin")]
    Forbidden,
    /// The key was used for another request.
    #[error("the command's key was used for another request")]
    KeyReused,
    /// Somebody is at the same command.
    #[error("the command is being done")]
    InFlight,
    /// Others changed the account at every try. The command has had no effect.
    #[error("others changed the account at every try")]
    ConcurrentModification,
    /// The time in which an answer can be given is over.
    #[error("there is no time left to try")]
    TimedOut,
    /// More was asked than the store takes at a time. The command has had no effect.
    #[error("the event store is throttled")]
    Throttled,
    /// The store did not answer: the command may have had its effect or not.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read, or the event not be written.
    #[error("the account's stream is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } | AppendError::Contended => Self::ConcurrentModification,
            AppendError::Recorded(_) => Self::InFlight,
            AppendError::Throttled => Self::Throttled,
            AppendError::Unavailable(source) => Self::Unavailable(source),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::Throttled,
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Unreadable(_) | StoreError::Corrupt(_) | StoreError::Gap { .. } => {
                Self::Damaged(error.into())
            }
        }
    }
}

impl CommandError {
    /// What failed was looking for an effect that there may have been: nothing must sound as if there were none.
    pub(crate) fn unknown(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::Unavailable(error.into()),
            error => error.into(),
        }
    }
}

impl From<CodecError> for CommandError {
    fn from(error: CodecError) -> Self {
        Self::Damaged(error.into())
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The caller has no such account, or it was not open yet at that time.
    #[error("the caller has no account {0}")]
    AccountNotFound(AccountId),
    /// The caller has sent no such command, or it has had no effect and nobody is at it.
    #[error("there is no such command")]
    CommandNotFound,
    /// The account has no such transaction.
    #[error("the account has no such transaction")]
    TransactionNotFound,
    /// The account was opened after that month, or the month has not begun.
    #[error("the account has no statement of that month")]
    StatementNotFound,
    /// The month has more events than one statement takes.
    #[error("the month has more than {limit} events: read the history in parts instead")]
    StatementTooLong {
        /// That many.
        limit: u64,
    },
    /// Only the bank's own people may ask this.
    #[error("this takes an admin")]
    Forbidden,
    /// The page of the history that was asked for cannot be had.
    #[error(transparent)]
    Page(#[from] PageError),
    /// There is more to count than one answer may take.
    #[error("there are more than {limit} groups to count: ask for a shorter period")]
    TooMuch {
        /// That many.
        limit: usize,
    },
    /// More was asked than a store takes at a time.
    #[error("a store is throttled")]
    Throttled,
    /// A store did not answer.
    #[error("a store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read.
    #[error("what is stored is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<AnalyticsError> for QueryError {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::TooMuch { limit } => Self::TooMuch { limit },
            AnalyticsError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::Throttled,
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Unreadable(_) | StoreError::Corrupt(_) | StoreError::Gap { .. } => {
                Self::Damaged(error.into())
            }
        }
    }
}

impl From<CodecError> for QueryError {
    fn from(error: CodecError) -> Self {
        Self::Damaged(error.into())
    }
}

impl From<HistoryError> for QueryError {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Page(error) => Self::Page(error),
            HistoryError::Store(error) => error.into(),
        }
    }
}

/// Why the administration of the projections failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Only the bank's own people may do this.
    #[error("this takes an admin")]
    Forbidden,
    /// The account is not parked, or not any more.
    #[error("no such account is parked")]
    ParkedNotFound,
    /// More was asked than a store takes at a time.
    #[error("a store is throttled")]
    Throttled,
    /// A store did not answer.
    #[error("a store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read.
    #[error("what is stored is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Throttled => Self::Throttled,
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Unreadable(_) | StoreError::Corrupt(_) | StoreError::Gap { .. } => {
                Self::Damaged(error.into())
            }
        }
    }
}

/// An error with all that led to it, on one line: for logs, and for the reason of what is parked.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |text, source| format!("{text}: {source}"))
}
