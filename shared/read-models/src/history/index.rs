//! The index of transactions as the projector sees it, as a port.

use std::future::Future;

use application::ports::{Generation, Transaction};

use super::IndexError;
use crate::generations::Generational;

/// What became of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there, now or since earlier.
    Done,
    /// It can never be written as it is.
    Refused {
        /// What the index says.
        reason: String,
    },
    /// It was not written this time.
    Failed {
        /// What the index says.
        reason: String,
    },
}

/// Where transactions are kept, one document each, by their place in the account's stream.
pub trait TransactionIndex: Send + Sync {
    /// Whether transactions are kept at all; what is asked of an index that is not there fails.
    fn is_kept(&self) -> bool {
        true
    }

    /// Writes these transactions, and says for each what became of it, in the same order.
    ///
    /// # Errors
    /// [`IndexError`] if that is not known, or nothing was written.
    fn put(&self, transactions: &[Transaction]) -> impl Future<Output = Result<Vec<Put>, IndexError>> + Send;
}

/// Indices of which generations can be made, read and taken away.
pub trait IndexGenerations: TransactionIndex + Generational {
    /// Makes the index of a generation.
    ///
    /// # Errors
    /// [`IndexError`].
    fn open(&self, generation: Generation) -> impl Future<Output = Result<(), IndexError>> + Send;

    /// Lets queries read a generation.
    ///
    /// # Errors
    /// [`IndexError`].
    fn publish(&self, generation: Generation) -> impl Future<Output = Result<(), IndexError>> + Send;

    /// Takes the index of a generation away.
    ///
    /// # Errors
    /// [`IndexError`].
    fn discard(&self, generation: Generation) -> impl Future<Output = Result<(), IndexError>> + Send;
}
