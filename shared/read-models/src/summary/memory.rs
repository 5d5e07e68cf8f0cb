//! Summaries in memory, with the same semantics as the table.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use application::ports::{AccountSummary, Generation};
use domain::{AccountId, UserId};

use super::{Consistency, SummaryCatalog, SummaryTable, Written};
use crate::{TableError, generations::Generational};

type Rows = BTreeMap<AccountId, AccountSummary>;

/// A table of summaries that lives as long as the process. Clones share what is in it, and so do generations.
#[derive(Clone, Debug)]
pub struct MemorySummaryTable {
    generations: Arc<Mutex<BTreeMap<Generation, Arc<Mutex<Rows>>>>>,
    rows: Arc<Mutex<Rows>>,
}

impl Default for MemorySummaryTable {
    fn default() -> Self {
        let rows = Arc::<Mutex<Rows>>::default();
        Self { generations: Arc::new(Mutex::new(BTreeMap::from([(1, rows.clone())]))), rows }
    }
}

impl MemorySummaryTable {
    fn locked(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generational for MemorySummaryTable {
    fn at(&self, generation: Generation) -> Self {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = generations.entry(generation).or_default().clone();
        Self { generations: self.generations.clone(), rows }
    }
}

impl SummaryTable for MemorySummaryTable {
    async fn read(
        &self,
        account_id: &AccountId,
        _: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        Ok(self.locked().get(account_id).cloned())
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let mut rows = self.locked();
        if rows.get(&summary.account_id).map(|row| row.version) != expected {
            return Ok(Written::Lost);
        }
        rows.insert(summary.account_id.clone(), summary.clone());
        Ok(Written::Done)
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        Ok(self.locked().values().filter(|row| row.user_id == *user_id).cloned().collect())
    }
}

impl SummaryCatalog for MemorySummaryTable {
    async fn keys(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), TableError> {
        let rows = self.locked();
        let keys = rows.keys().map(AccountId::as_str);
        let page: Vec<String> = keys
            .filter(|key| after.is_none_or(|after| *key > after))
            .take(limit)
            .map(str::to_owned)
            .collect();
        let next = page.last().filter(|_| page.len() == limit).cloned();
        Ok((page, next))
    }

    async fn rows(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<AccountSummary>, Option<String>), TableError> {
        let (keys, next) = self.keys(after, limit).await?;
        let (rows, is_asked) =
            (self.locked(), |row: &&AccountSummary| keys.iter().any(|key| key == row.account_id.as_str()));
        Ok((rows.values().filter(is_asked).cloned().collect(), next))
    }

    async fn remove(&self, key: &str, expected: Option<u64>) -> Result<Written, TableError> {
        let mut rows = self.locked();
        let Some((account_id, row)) = rows.iter().find(|(account_id, _)| account_id.as_str() == key) else {
            return Ok(Written::Lost);
        };
        if expected.is_some_and(|expected| expected != row.version) {
            return Ok(Written::Lost);
        }
        let account_id = account_id.clone();
        rows.remove(&account_id);
        Ok(Written::Done)
    }
}
