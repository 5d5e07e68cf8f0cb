//! Brings one row forward from the events: for the projector, and for whoever redrives or mends an account.

use std::collections::BTreeMap;

use application::{
    Commit, StreamId,
    ports::{AccountSummary, EventStore, Parked, StoreError},
};
use domain::AccountId;

use super::{ATTEMPTS_MAX, Consistency, PROJECTION, SummaryTable, Written, apply_commit};
use crate::{
    ProjectionError, TableError,
    stretch::{Stretch, Unread, stretch},
};

/// Commits of one account that are at hand, by version.
pub(super) type Commits = BTreeMap<u64, Commit>;

/// Where the fold begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Behind the row that is there.
    Row,
    /// At the first event, whatever the row says.
    Beginning,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) struct Advanced {
    /// Whether it was written.
    pub(crate) written: bool,
    /// Its version now; 0 if there is none.
    pub(crate) version: u64,
    /// What it stops at.
    pub(crate) poison: Option<Parked>,
}

/// The fold from the events into the table.
#[derive(Clone, Debug)]
pub(crate) struct Advance<S, T> {
    pub(crate) store: S,
    pub(crate) table: T,
}

/// How far a fold has come, and why it came no further.
struct Folded {
    row: Option<AccountSummary>,
    poison: Option<Parked>,
}

impl<S: EventStore, T: SummaryTable> Advance<S, T> {
    /// Brings the row of an account to its newest event.
    ///
    /// # Errors
    /// [`ProjectionError`].
    pub(crate) async fn to_newest(&self, id: &AccountId, start: Start) -> Result<Advanced, ProjectionError> {
        self.run(id, &Commits::new(), None, start).await
    }

    /// Brings the row to version `until` at least, or up to what cannot be folded. Commits that are not at hand are read.
    pub(super) async fn run(
        &self,
        id: &AccountId,
        at_hand: &Commits,
        until: Option<u64>,
        start: Start,
    ) -> Result<Advanced, ProjectionError> {
        for _ in 0..ATTEMPTS_MAX {
            let row = match self.table.read(id, Consistency::Strong).await {
                Ok(row) => row,
                Err(error @ TableError::Unreadable(_)) => {
                    let version = at_hand.keys().next().copied().unwrap_or(1);
                    let poison = Some(Parked::because(PROJECTION, id.clone(), version, &error));
                    return Ok(Advanced { written: false, version: 0, poison });
                }
                Err(error) => return Err(error.into()),
            };
            let from = row.clone().filter(|_| start == Start::Row);
            let Folded { row: folded, poison } = self.fold(id, from, at_hand, until).await?;
            let before = row.as_ref().map_or(0, |row| row.version);
            // A fold that stops before the row's version does not tell that the row is wrong.
            let folded = folded.filter(|folded| poison.is_none() || folded.version >= before);
            let version = folded.as_ref().map_or(before, |folded| folded.version);
            let Some(folded) = folded.filter(|folded| row.as_ref() != Some(folded)) else {
                return Ok(Advanced { written: false, version, poison });
            };
            if self.table.write(&folded, row.map(|row| row.version)).await? == Written::Done {
                return Ok(Advanced { written: true, version, poison });
            }
        }
        Err(ProjectionError::Contended { account_id: id.clone(), attempts: ATTEMPTS_MAX })
    }

    async fn fold(
        &self,
        id: &AccountId,
        row: Option<AccountSummary>,
        at_hand: &Commits,
        until: Option<u64>,
    ) -> Result<Folded, ProjectionError> {
        let (mut folded, stream) = (Folded { row, poison: None }, StreamId::account(id));
        loop {
            let next = folded.next();
            if until.is_some_and(|until| next > until) {
                return Ok(folded);
            }
            let read = match at_hand.get(&next) {
                Some(commit) => Stretch { commits: vec![commit.clone()], unreadable: None, next: None },
                None => stretch(&self.store, &stream, next).await?,
            };
            if until.is_some() && read.commits.is_empty() && read.unreadable.is_none() {
                let gap = StoreError::Gap { stream, version: next };
                folded.poison = Some(Parked::because(PROJECTION, id.clone(), next, &gap));
                return Ok(folded);
            }
            for commit in &read.commits {
                match apply_commit(folded.row.clone(), commit, id) {
                    Ok(row) => folded.row = Some(row),
                    Err(error) => {
                        folded.poison = Some(Parked::because(PROJECTION, id.clone(), folded.next(), &error));
                        return Ok(folded);
                    }
                }
            }
            if let Some(Unread { reason, .. }) = read.unreadable {
                folded.poison = Some(Parked::new(PROJECTION, id.clone(), folded.next(), &reason));
                return Ok(folded);
            }
            // What is appended from here on is not chased after.
            if until.is_none() && read.next.is_none() {
                return Ok(folded);
            }
        }
    }
}

impl Folded {
    /// The version that has to follow.
    fn next(&self) -> u64 {
        self.row.as_ref().map_or(1, |row| row.version.saturating_add(1))
    }
}
