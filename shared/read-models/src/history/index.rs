//! The index of transactions as the projector sees it, as a port.

use std::future::Future;

use application::ports::Transaction;

use super::IndexError;

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
    /// Writes these transactions, and says for each what became of it, in the same order.
    ///
    /// # Errors
    /// [`IndexError`] if that is not known, or nothing was written.
    fn put(&self, transactions: &[Transaction]) -> impl Future<Output = Result<Vec<Put>, IndexError>> + Send;
}
