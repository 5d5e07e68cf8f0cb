//! The account summaries as a rebuild makes them.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    Commit,
    ports::{AccountSummary, EventStore, Generation, Total},
};
use domain::{AccountId, Decimal, Timestamp};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    as_of::AsOf,
    model::{Looked, ReadModel},
};
use crate::{
    ProjectionError,
    generations::Generational,
    parking::{Parking, park},
    summary::{Advance, Consistency, Start, SummaryCatalog, SummaryProjector, SummaryTable},
};

/// How many rows are looked at for one note of how far it is.
const ROWS: usize = 1_000;

/// How many rows are under way at once.
const ROWS_AT_ONCE: usize = 16;

/// The account summaries of all generations.
#[derive(Clone, Debug)]
pub struct SummaryModel<S, T, P> {
    /// Where events are read.
    pub store: S,
    /// The table, of whichever generation.
    pub table: T,
    /// Where accounts are parked.
    pub parking: P,
}

impl<S, T, P> ReadModel for SummaryModel<S, T, P>
where
    S: EventStore + Clone,
    T: SummaryTable + SummaryCatalog + Generational,
    P: Parking + Clone,
{
    /// All generations have one table.
    async fn open(&self, _: Generation) -> Result<(), ProjectionError> {
        Ok(())
    }

    async fn project(
        &self,
        generation: Generation,
        until: Option<Timestamp>,
        mut commits: Vec<Commit>,
    ) -> Result<u64, ProjectionError> {
        let store = AsOf { store: self.store.clone(), until };
        commits.retain(|commit| store.has(commit));
        let table = self.table.at(generation);
        let outcome = SummaryProjector::new(store, table, self.parking.clone()).project(commits).await?;
        Ok(u64::try_from(outcome.parked).unwrap_or(u64::MAX))
    }

    async fn replay(&self, generation: Generation, commits: Vec<Commit>) -> Result<u64, ProjectionError> {
        let accounts = accounts(&commits);
        let advance = Advance { store: self.store.clone(), table: self.table.at(generation) };
        let replay_one = |account_id: AccountId| {
            let advance = &advance;
            async move {
                let advanced = advance.to_newest(&account_id, Start::Beginning).await?;
                match advanced.poison {
                    Some(parked) => {
                        park(&self.parking, &parked).await?;
                        Ok::<u64, ProjectionError>(1)
                    }
                    None => Ok(0),
                }
            }
        };
        let work: Vec<_> = accounts.into_iter().map(replay_one).collect();
        let parked: Vec<u64> = stream::iter(work).buffer_unordered(ROWS_AT_ONCE).try_collect().await?;
        Ok(parked.into_iter().sum())
    }

    async fn lacks(&self, generation: Generation, commits: &[Commit]) -> Result<Vec<usize>, ProjectionError> {
        let accounts = accounts(commits);
        let table = &self.table.at(generation);
        let read = |account_id: AccountId| async move {
            let row = table.read(&account_id, Consistency::Strong).await?;
            Ok::<_, ProjectionError>((account_id, row.map_or(0, |row| row.version)))
        };
        let rows: Vec<_> = accounts.into_iter().map(read).collect();
        let versions: BTreeMap<AccountId, u64> =
            stream::iter(rows).buffer_unordered(ROWS_AT_ONCE).try_collect().await?;
        let is_lacking = |commit: &Commit| {
            let version = commit.stream.account_id().and_then(|id| versions.get(&id).copied());
            version.is_some_and(|version| version < commit.version)
        };
        Ok((0..).zip(commits).filter(|(_, commit)| is_lacking(commit)).map(|(place, _)| place).collect())
    }

    /// Queries go by what the catalog says.
    async fn publish(&self, _: Generation) -> Result<(), ProjectionError> {
        Ok(())
    }

    async fn sum(
        &self,
        generation: Generation,
        after: Option<&str>,
        totals: &mut BTreeMap<String, Total>,
    ) -> Result<Looked, ProjectionError> {
        let table = &self.table.at(generation);
        let (rows, next) = table.rows(after, ROWS).await?;
        for row in &rows {
            add(totals, row)?;
        }
        Ok(Looked { rows: count(&rows), next })
    }

    async fn discard(&self, generation: Generation, after: Option<&str>) -> Result<Looked, ProjectionError> {
        let table = &self.table.at(generation);
        let (keys, next) = table.keys(after, ROWS).await?;
        let work: Vec<_> = keys.iter().map(|key| table.remove(key, None)).collect();
        let removed: Vec<_> = stream::iter(work).buffer_unordered(ROWS_AT_ONCE).try_collect().await?;
        Ok(Looked { rows: count(&removed), next })
    }
}

fn accounts(commits: &[Commit]) -> BTreeSet<AccountId> {
    commits.iter().filter_map(|commit| commit.stream.account_id()).collect()
}

fn count<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// Adds a row to the sums of its currency.
fn add(totals: &mut BTreeMap<String, Total>, row: &AccountSummary) -> Result<(), ProjectionError> {
    let currency = row.balance.currency().code();
    let total = totals.entry(currency.to_owned()).or_insert_with(|| Total {
        currency: currency.to_owned(),
        accounts: 0,
        balance: Decimal::ZERO,
        deposits: Decimal::ZERO,
        withdrawals: Decimal::ZERO,
        transfers_out: Decimal::ZERO,
        transfers_in: Decimal::ZERO,
    });
    total.accounts += 1;
    for (sum, addend) in [
        (&mut total.balance, row.balance),
        (&mut total.deposits, row.total_deposits),
        (&mut total.withdrawals, row.total_withdrawals),
        (&mut total.transfers_out, row.total_transfers_out),
        (&mut total.transfers_in, row.total_transfers_in),
    ] {
        let added = sum.checked_add(addend.amount());
        *sum = added.ok_or_else(|| ProjectionError::TooMuch { currency: currency.to_owned() })?;
    }
    Ok(())
}
