//! The transaction history as a rebuild makes it.

use std::collections::BTreeMap;

use application::{
    Commit,
    ports::{Generation, Parked, Total, Transaction},
    transactions::transactions,
};
use domain::Timestamp;

use super::model::{Looked, ReadModel};
use crate::{
    ProjectionError,
    history::{IndexGenerations, PROJECTION, TransactionCatalog, document_id, put},
    parking::{Parking, park},
};

/// The transaction history of all generations.
#[derive(Clone, Debug)]
pub struct HistoryModel<I, P> {
    /// The index, of whichever generation.
    pub index: I,
    /// Where accounts are parked.
    pub parking: P,
}

impl<I: IndexGenerations + TransactionCatalog, P: Parking> ReadModel for HistoryModel<I, P> {
    fn is_kept(&self) -> bool {
        self.index.is_kept()
    }

    async fn open(&self, generation: Generation) -> Result<(), ProjectionError> {
        Ok(self.index.open(generation).await?)
    }

    async fn project(
        &self,
        generation: Generation,
        until: Option<Timestamp>,
        commits: Vec<Commit>,
    ) -> Result<u64, ProjectionError> {
        let (mut all, mut poison) = (Vec::<Transaction>::new(), Vec::new());
        for commit in commits {
            let Some(account_id) = commit.stream.account_id() else { continue };
            if until.is_some_and(|until| commit.timestamp > until) {
                continue;
            }
            match transactions(&commit) {
                Ok(transactions) => all.extend(transactions),
                Err(error) => poison.push(Parked::because(PROJECTION, account_id, commit.version, &error)),
            }
        }
        poison.extend(put(&self.index.at(generation), &all).await?);
        for parked in &poison {
            park(&self.parking, parked).await?;
        }
        Ok(u64::try_from(poison.len()).unwrap_or(u64::MAX))
    }

    /// A document that is there is written over with what its event says.
    async fn replay(&self, generation: Generation, commits: Vec<Commit>) -> Result<u64, ProjectionError> {
        self.project(generation, None, commits).await
    }

    async fn lacks(&self, generation: Generation, commits: &[Commit]) -> Result<Vec<usize>, ProjectionError> {
        let (mut ids, mut places) = (Vec::new(), Vec::new());
        for (place, commit) in commits.iter().enumerate() {
            for transaction in transactions(commit).unwrap_or_default() {
                ids.push(document_id(&transaction));
                places.push(place);
            }
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.index.at(generation).get(&ids).await?;
        let mut lacking: Vec<usize> = places
            .into_iter()
            .zip(found)
            .filter(|(_, found)| found.is_none())
            .map(|(place, _)| place)
            .collect();
        lacking.dedup();
        Ok(lacking)
    }

    async fn publish(&self, generation: Generation) -> Result<(), ProjectionError> {
        Ok(self.index.publish(generation).await?)
    }

    /// Transactions have no balance of their own to add.
    async fn sum(
        &self,
        _: Generation,
        _: Option<&str>,
        _: &mut BTreeMap<String, Total>,
    ) -> Result<Looked, ProjectionError> {
        Ok(Looked::default())
    }

    async fn discard(&self, generation: Generation, _: Option<&str>) -> Result<Looked, ProjectionError> {
        self.index.discard(generation).await?;
        Ok(Looked::default())
    }
}
