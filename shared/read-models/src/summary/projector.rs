//! Brings the rows of a batch's accounts up to date: one read and one conditional write an account.
//!
//! Of the batch it takes what it can use and no more on trust: versions the row has are skipped, versions that are
//! missing are read from the event store, so neither order nor duplicates nor the cut of the batches matter.

use std::collections::BTreeMap;

use application::{
    Commit, StreamId,
    ports::{EventStore, Projection},
};
use domain::AccountId;
use futures::{StreamExt, stream};

use super::{
    SummaryTable,
    advance::{Advance, Commits, Start},
};
use crate::{
    ProjectionError, Unreadable,
    parking::{Parked, Parking, park},
};

/// The name under which accounts are parked.
pub const PROJECTION: Projection = Projection::AccountSummary;

/// How often a row is folded anew after somebody else was quicker.
pub const ATTEMPTS_MAX: u32 = 5;

/// How many accounts of a batch are under way at once.
const ACCOUNTS_AT_ONCE: usize = 10;

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
    advance: Advance<S, T>,
    parking: P,
}

impl<S: EventStore, T: SummaryTable, P: Parking> SummaryProjector<S, T, P> {
    /// The projection from this store into this table.
    pub fn new(store: S, table: T, parking: P) -> Self {
        Self { advance: Advance { store, table }, parking }
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

    async fn project_account(&self, id: AccountId, commits: Commits) -> Result<Outcome, ProjectionError> {
        let newest = commits.keys().next_back().copied();
        let advanced = self.advance.run(&id, &commits, newest, Start::Row).await?;
        let written = usize::from(advanced.written);
        match advanced.poison {
            Some(parked) => {
                park(&self.parking, &parked).await?;
                Ok(Outcome { written, current: 0, parked: 1 })
            }
            None => Ok(Outcome { written, current: 1 - written, parked: 0 }),
        }
    }
}

/// Parks the accounts whose commits could not even be read from the stream.
///
/// # Errors
/// [`ProjectionError`] if they could not be parked.
pub(crate) async fn park_unreadable<P: Parking>(
    parking: &P,
    unreadable: &[Unreadable],
) -> Result<(), ProjectionError> {
    for Unreadable { stream, version, reason } in unreadable {
        if let Some(account_id) = StreamId::stored(stream.clone()).account_id() {
            park(parking, &Parked::new(PROJECTION, account_id, *version, reason)).await?;
        }
    }
    Ok(())
}
