//! Transactions in memory, with the same semantics as the index.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::{Generation, Transaction};

use super::{
    FoundDocument, IndexError, IndexGenerations, Put, TransactionCatalog, TransactionIndex,
    document::{Document, document_id},
};
use crate::{generations::Generational, summary::Written};

type Documents = BTreeMap<String, Transaction>;

/// An index of transactions that lives as long as the process. Clones share what is in it, and so do generations.
#[derive(Clone, Debug)]
pub struct MemoryTransactionIndex {
    generations: Arc<Mutex<BTreeMap<Generation, Arc<Mutex<Documents>>>>>,
    documents: Arc<Mutex<Documents>>,
}

impl Default for MemoryTransactionIndex {
    fn default() -> Self {
        let documents = Arc::<Mutex<Documents>>::default();
        Self { generations: Arc::new(Mutex::new(BTreeMap::from([(1, documents.clone())]))), documents }
    }
}

impl MemoryTransactionIndex {
    /// All transactions, by their documents' ids.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Transaction> {
        self.documents().clone()
    }

    /// Changes the documents by hand, as somebody might who has the index.
    pub fn tamper(&self, with: impl FnOnce(&mut BTreeMap<String, Transaction>)) {
        with(&mut self.documents());
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generational for MemoryTransactionIndex {
    fn at(&self, generation: Generation) -> Self {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let documents = generations.entry(generation).or_default().clone();
        Self { generations: self.generations.clone(), documents }
    }
}

/// A generation is there as soon as somebody names it, and it is the catalog alone that says which one is read.
impl IndexGenerations for MemoryTransactionIndex {
    async fn open(&self, _: Generation) -> Result<(), IndexError> {
        Ok(())
    }

    async fn publish(&self, _: Generation) -> Result<(), IndexError> {
        Ok(())
    }

    async fn discard(&self, generation: Generation) -> Result<(), IndexError> {
        self.at(generation).tamper(BTreeMap::clear);
        Ok(())
    }
}

impl TransactionIndex for MemoryTransactionIndex {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let mut documents = self.documents();
        for transaction in transactions {
            documents.insert(document_id(transaction), transaction.clone());
        }
        Ok(vec![Put::Done; transactions.len()])
    }
}

impl TransactionCatalog for MemoryTransactionIndex {
    async fn accounts(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), IndexError> {
        let documents = self.documents();
        let names: BTreeSet<&str> = documents.values().map(|one| one.account_id.as_str()).collect();
        let following = names.into_iter().filter(|name| after.is_none_or(|after| *name > after));
        let page: Vec<String> = following.take(limit).map(str::to_owned).collect();
        let next = page.last().filter(|_| page.len() == limit).cloned();
        Ok((page, next))
    }

    async fn documents(
        &self,
        account_id: &str,
        after: Option<&FoundDocument>,
        limit: usize,
    ) -> Result<Vec<FoundDocument>, IndexError> {
        let documents = self.documents();
        let of_account = documents.iter().filter(|(_, one)| one.account_id.as_str() == account_id);
        let mut found: Vec<FoundDocument> = of_account.map(found).collect::<Result<_, _>>()?;
        let place = |one: &FoundDocument| (one.version(), one.id.clone());
        found.sort_by_key(place);
        found.retain(|one| after.is_none_or(|after| place(one) > place(after)));
        found.truncate(limit);
        Ok(found)
    }

    async fn get(&self, ids: &[String]) -> Result<Vec<Option<FoundDocument>>, IndexError> {
        let documents = self.documents();
        ids.iter().map(|id| documents.get_key_value(id).map(found).transpose()).collect()
    }

    async fn remove(&self, seen: &[FoundDocument]) -> Result<Vec<Written>, IndexError> {
        let mut documents = self.documents();
        let mut remove_one = |seen: &FoundDocument| {
            let is_as_seen = documents.get_key_value(&seen.id).map(found).transpose()?.as_ref() == Some(seen);
            if is_as_seen {
                documents.remove(&seen.id);
            }
            Ok(if is_as_seen { Written::Done } else { Written::Lost })
        };
        seen.iter().map(&mut remove_one).collect()
    }
}

fn found((id, transaction): (&String, &Transaction)) -> Result<FoundDocument, IndexError> {
    let source = serde_json::to_value(Document::from(transaction));
    let source = source.map_err(|error| IndexError::Unavailable(error.into()))?;
    Ok(FoundDocument { id: id.clone(), source, seq_no: 0, primary_term: 0 })
}
