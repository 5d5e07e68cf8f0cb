//! Brings the rows of a batch's accounts up to date: one read and one conditional write an account.
//!
//! Of the batch it takes what it can use and no more on trust: versions the row has are skipped, versions that are
//! missing are read from the event store, so neither order nor duplicates nor the cut of the batches matter.

use std::collections::BTreeMap;

use application::{
    Commit, StreamId,
    ports::{AccountSummary, EventStore, StoreError},
};
use domain::AccountId;
use futures::{StreamExt, stream};

use super::{Consistency, SummaryTable, Written, apply_commit};
use crate::{
    ProjectionError, TableError, Unreadable,
    parking::{Parked, Parking},
};

/// The name under which accounts are parked.
pub const PROJECTION: &str = "account-summary";

/// How often a row is folded anew after somebody else was quicker.
pub const ATTEMPTS_MAX: u32 = 5;

/// How many accounts of a batch are under way at once.
const ACCOUNTS_AT_ONCE: usize = 10;

/// How many commits are read at a time to fill a gap.
const GAP_PAGE: usize = 200;

/// What a batch came to, in accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows written.
    pub written: usize,
    /// Rows that had it all already.
    pub current: usize,
    /// Accounts parked; some of their events may have been written before.
    pub parked: usize,
}

/// The projection of commits into summaries.
#[derive(Clone, Debug)]
pub struct SummaryProjector<S, T, P> {
    store: S,
    table: T,
    parking: P,
}

/// How far a fold has come, and why it came no further.
struct Folded {
    row: Option<AccountSummary>,
    poison: Option<Parked>,
}

/// The commits of one account out of a batch, by version.
type Commits = BTreeMap<u64, Commit>;

impl<S: EventStore, T: SummaryTable, P: Parking> SummaryProjector<S, T, P> {
    /// The projection from this store into this table.
    pub fn new(store: S, table: T, parking: P) -> Self {
        Self { store, table, parking }
    }

    /// Brings the rows of these commits' accounts up to date. Commits of other streams are passed over.
    ///
    /// # Errors
    /// [`ProjectionError`] if any account has to be tried again; the other accounts are done all the same.
    pub async fn project(&self, commits: Vec<Commit>) -> Result<Outcome, ProjectionError> {
        let mut accounts = BTreeMap::<AccountId, Commits>::new();
        for commit in commits {
            if let Some(account_id) = commit.stream.account_id() {
                accounts.entry(account_id).or_default().insert(commit.version, commit);
            }
        }
        let work: Vec<_> =
            accounts.into_iter().map(|(id, commits)| self.project_account(id, commits)).collect();
        let done: Vec<_> = stream::iter(work).buffer_unordered(ACCOUNTS_AT_ONCE).collect().await;
        let mut total = Outcome::default();
        for outcome in done {
            let Outcome { written, current, parked } = outcome?;
            total.written += written;
            total.current += current;
            total.parked += parked;
        }
        Ok(total)
    }

    /// Parks the accounts whose commits could not even be read from the stream.
    ///
    /// # Errors
    /// [`ProjectionError`] if they could not be parked.
    pub async fn park(&self, unreadable: &[Unreadable]) -> Result<(), ProjectionError> {
        for Unreadable { stream, version, reason } in unreadable {
            if let Some(account_id) = StreamId::stored(stream.clone()).account_id() {
                self.park_one(&Parked::new(PROJECTION, account_id, *version, reason)).await?;
            }
        }
        Ok(())
    }

    async fn project_account(&self, id: AccountId, commits: Commits) -> Result<Outcome, ProjectionError> {
        for _ in 0..ATTEMPTS_MAX {
            let row = match self.table.read(&id, Consistency::Strong).await {
                Ok(row) => row,
                Err(error @ TableError::Unreadable(_)) => {
                    let version = commits.keys().next().copied().unwrap_or_default();
                    self.park_one(&Parked::because(PROJECTION, id, version, &error)).await?;
                    return Ok(Outcome { parked: 1, ..Outcome::default() });
                }
                Err(error) => return Err(error.into()),
            };
            let before = row.as_ref().map(|row| row.version);
            let Folded { row, poison } = self.fold(&id, row, &commits).await?;
            let mut outcome = Outcome::default();
            if let Some(row) = row.filter(|row| Some(row.version) != before) {
                if self.table.write(&row, before).await? == Written::Lost {
                    continue;
                }
                outcome.written = 1;
            }
            match poison {
                Some(parked) => {
                    self.park_one(&parked).await?;
                    outcome.parked = 1;
                }
                None => outcome.current = 1 - outcome.written,
            }
            return Ok(outcome);
        }
        Err(ProjectionError::Contended { account_id: id, attempts: ATTEMPTS_MAX })
    }

    /// Folds from the row to the newest commit of the batch at least, or up to what cannot be folded.
    async fn fold(
        &self,
        id: &AccountId,
        row: Option<AccountSummary>,
        commits: &Commits,
    ) -> Result<Folded, ProjectionError> {
        let newest = commits.keys().next_back().copied().unwrap_or_default();
        let mut folded = Folded { row, poison: None };
        loop {
            let next = folded.row.as_ref().map_or(1, |row| row.version.saturating_add(1));
            if next > newest {
                return Ok(folded);
            }
            let page = match commits.get(&next) {
                Some(commit) => vec![commit.clone()],
                None => match self.missing(id, next).await {
                    Ok(page) => page,
                    Err(error) if ProjectionError::is_poison(&error) => {
                        folded.poison = Some(Parked::because(PROJECTION, id.clone(), next, &error));
                        return Ok(folded);
                    }
                    Err(error) => return Err(ProjectionError::Events(error)),
                },
            };
            for commit in page {
                match apply_commit(folded.row.clone(), &commit, id) {
                    Ok(row) => folded.row = Some(row),
                    Err(error) => {
                        let version = folded.row.as_ref().map_or(1, |row| row.version.saturating_add(1));
                        folded.poison = Some(Parked::because(PROJECTION, id.clone(), version, &error));
                        return Ok(folded);
                    }
                }
            }
        }
    }

    /// Commits from this version on, at least one, read where the batch has none. What can be read before an
    /// unreadable one still is.
    async fn missing(&self, id: &AccountId, from: u64) -> Result<Vec<Commit>, StoreError> {
        let stream = StreamId::account(id);
        let page = match self.store.read(&stream, from, GAP_PAGE).await {
            Err(StoreError::Unreadable(_)) => self.store.read(&stream, from, 1).await?,
            page => page?,
        };
        if page.is_empty() { Err(StoreError::Gap { stream, version: from }) } else { Ok(page) }
    }

    async fn park_one(&self, parked: &Parked) -> Result<(), ProjectionError> {
        let Parked { projection, account_id, version, reason } = parked;
        tracing::error!(projection, %account_id, version, reason, "parked an account");
        Ok(self.parking.park(parked).await?)
    }
}
