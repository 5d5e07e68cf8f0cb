//! Transactions in memory, with the same semantics as the index.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use application::ports::Transaction;

use super::{IndexError, Put, TransactionIndex, document::document_id};

/// An index of transactions that lives as long as the process. Clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct MemoryTransactionIndex {
    documents: Arc<Mutex<BTreeMap<String, Transaction>>>,
}

impl MemoryTransactionIndex {
    /// All transactions, by their documents' ids.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Transaction> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TransactionIndex for MemoryTransactionIndex {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        for transaction in transactions {
            documents.entry(document_id(transaction)).or_insert_with(|| transaction.clone());
        }
        Ok(vec![Put::Done; transactions.len()])
    }
}
