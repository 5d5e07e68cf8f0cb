//! Why a use case failed. `Display` is for the log; what a client is told is decided in `http-api`, in one place.

use domain::{AccountId, account, holder};

use crate::{
    codec::CodecError,
    ports::{HistoryError, PageError, StoreError},
};

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule of the account forbids it.
    #[error("the account's rules forbid it")]
    Rejected(#[from] account::Rejection),
    /// A rule of the holder of accounts forbids it.
    #[error("the holder's rules forbid it")]
    HolderRejected(#[from] holder::Rejection),
    /// The caller has no such account: there is none, or it is somebody else's. The two cannot be told apart.
    #[error("the caller has no account {0}")]
    AccountNotFound(AccountId),
    /// There is no such account to send money to.
    #[error("there is no account {0} to send money to")]
    ReceiverNotFound(AccountId),
    /// The id is in use.
    #[error("account {0} exists already")]
    AccountAlreadyExists(AccountId),
    /// Only the bank's own people may do this.
    #[error("this takes an admin")]
    Forbidden,
    /// The account is not at the version the caller named.
    #[error("the account is at version {actual}, not {expected}")]
    VersionMismatch {
        /// What the caller named.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// Others changed the account at every try.
    #[error("others changed the account at each of {attempts} tries")]
    ConcurrentModification {
        /// That many.
        attempts: u32,
    },
    /// More was asked than the store takes at a time.
    #[error("the event store is throttled")]
    Throttled,
    /// The store did not answer: the command may have had its effect or not.
    #[error("the event store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read, or the event not be written.
    #[error("the account's stream is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    /// The account has no such transaction.
    #[error("the account has no such transaction")]
    TransactionNotFound,
    /// Only the bank's own people may ask this.
    #[error("this takes an admin")]
    Forbidden,
    /// The page of the history that was asked for cannot be had.
    #[error(transparent)]
    Page(#[from] PageError),
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
