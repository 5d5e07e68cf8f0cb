//! The index of transactions as it is compared with the events: which documents there are, whatever they say.

use std::future::Future;

use application::ports::Transaction;
use serde_json::Value;

use super::{IndexError, TransactionIndex, document::Document};
use crate::summary::Written;

/// A document as it stands in the index, right or wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundDocument {
    /// Names it: account and version of the event that it is said to be.
    pub id: String,
    /// What it says.
    pub(super) source: Value,
    /// Which write of the index left it so.
    pub(super) seq_no: u64,
    /// In which term of the index's shard.
    pub(super) primary_term: u64,
}

/// An index that can say which documents it has, and take one away.
pub trait TransactionCatalog: TransactionIndex {
    /// Up to `limit` accounts that documents name, in order, and from where it goes on: `None` at the end. A name is a
    /// text: what stands in the index need not be an account's id.
    ///
    /// # Errors
    /// [`IndexError`].
    fn accounts(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<String>, Option<String>), IndexError>> + Send;

    /// Up to `limit` documents that name this account and follow on `after`, by version; perhaps not the latest writes.
    ///
    /// # Errors
    /// [`IndexError`].
    fn documents(
        &self,
        account_id: &str,
        after: Option<&FoundDocument>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<FoundDocument>, IndexError>> + Send;

    /// The documents with these ids, in the same order and with all writes before.
    ///
    /// # Errors
    /// [`IndexError`].
    fn get(
        &self,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Option<FoundDocument>>, IndexError>> + Send;

    /// Takes away documents that are still as they were seen, and says for each what became of it.
    ///
    /// # Errors
    /// [`IndexError`] if that is not known.
    fn remove(&self, seen: &[FoundDocument])
    -> impl Future<Output = Result<Vec<Written>, IndexError>> + Send;
}

impl FoundDocument {
    /// The version that it says it has.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.source["version"].as_u64()
    }

    /// The transaction that it tells of; `None` if it is not the document of any.
    #[must_use]
    pub fn transaction(&self) -> Option<Transaction> {
        let document: Document = serde_json::from_value(self.source.clone()).ok()?;
        Transaction::try_from(document).ok().filter(|transaction| self.says(transaction))
    }

    /// Whether it says all that the document of this transaction has to say, and nothing else.
    #[must_use]
    pub fn says(&self, transaction: &Transaction) -> bool {
        serde_json::to_value(Document::from(transaction)).is_ok_and(|expected| expected == self.source)
    }
}
