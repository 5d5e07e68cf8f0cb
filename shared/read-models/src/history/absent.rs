//! The index of a deployment that has none: queries go to the events instead, and nothing is kept here.

use application::ports::{Generation, Transaction};

use super::{FoundDocument, IndexError, IndexGenerations, Put, TransactionCatalog, TransactionIndex};
use crate::{generations::Generational, summary::Written};

impl<I: Generational> Generational for Option<I> {
    fn at(&self, generation: Generation) -> Self {
        self.as_ref().map(|index| index.at(generation))
    }
}

impl<I: TransactionIndex> TransactionIndex for Option<I> {
    fn is_kept(&self) -> bool {
        self.is_some()
    }

    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        there(self)?.put(transactions).await
    }
}

impl<I: IndexGenerations> IndexGenerations for Option<I> {
    async fn open(&self, generation: Generation) -> Result<(), IndexError> {
        there(self)?.open(generation).await
    }

    async fn publish(&self, generation: Generation) -> Result<(), IndexError> {
        there(self)?.publish(generation).await
    }

    async fn discard(&self, generation: Generation) -> Result<(), IndexError> {
        there(self)?.discard(generation).await
    }
}

impl<I: TransactionCatalog> TransactionCatalog for Option<I> {
    async fn accounts(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), IndexError> {
        there(self)?.accounts(after, limit).await
    }

    async fn documents(
        &self,
        account_id: &str,
        after: Option<&FoundDocument>,
        limit: usize,
    ) -> Result<Vec<FoundDocument>, IndexError> {
        there(self)?.documents(account_id, after, limit).await
    }

    async fn get(&self, ids: &[String]) -> Result<Vec<Option<FoundDocument>>, IndexError> {
        there(self)?.get(ids).await
    }

    async fn remove(&self, seen: &[FoundDocument]) -> Result<Vec<Written>, IndexError> {
        there(self)?.remove(seen).await
    }
}

fn there<I>(index: &Option<I>) -> Result<&I, IndexError> {
    index.as_ref().ok_or(IndexError::Absent)
}
