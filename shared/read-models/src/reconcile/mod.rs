//! Compares the read models with what the events come to, account by account, and mends every difference.
//!
//! Everything comes from the events table, so it also works when the stream's records are gone. It runs beside the live
//! projectors: a read model is judged at the version that it has, and is late only if its events were recorded long
//! enough ago. What is written is written on the condition that it is still what was seen.

mod difference;
mod documents;
mod expected;
mod journal;
mod names;
mod row;

use std::time::Duration;

use application::{
    StreamId,
    journal::CatchUp,
    ports::{Environment, ParkedId, Projection, Redriven, StreamCatalog},
};
use domain::{AccountId, Timestamp};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{
    ProjectionError,
    history::TransactionCatalog,
    parking::{Parked, ParkingLot, park},
    redrive::Redrive,
    summary::{SummaryCatalog, SummaryTable},
};

pub use difference::{Difference, Kind, Summary};
use names::Name;

/// How many accounts are compared at a time.
const ACCOUNTS_AT_ONCE: usize = 8;

/// How many parked accounts are read at a time.
const PARKED_PAGE: usize = 100;

/// How long a projector may take: younger events may still be on their way to a read model, and are no difference.
const GRACE_SECONDS: i64 = 10;

/// How often an account is looked at until its youngest events are there.
const LOOKS_MAX: u32 = 30;

/// The longest pause between two such looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How often one account is mended, while others change it, until it is seen to be right.
const REPAIRS_MAX: u32 = 5;

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Differences are only reported.
    Check,
    /// Differences are mended, and what cannot be projected is parked.
    Repair,
}

/// Which read models of which accounts; by default all of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only this account.
    pub account_id: Option<AccountId>,
    /// Only this read model.
    pub projection: Option<Projection>,
}

/// How far a reconciliation has come.
#[derive(Debug)]
pub enum Progress<'a> {
    /// So many accounts will be compared.
    Begun(usize),
    /// One more account is compared, with these differences.
    Compared(&'a [Difference]),
}

/// The comparison of the events with the read models that a redrive writes.
#[derive(Clone, Debug)]
pub struct Reconcile<S, T, I, P, J, E> {
    redrive: Redrive<S, T, I, P, J>,
    environment: E,
    mode: Mode,
}

impl<S, T, I, P, J, E> Reconcile<S, T, I, P, J, E>
where
    S: StreamCatalog,
    T: SummaryTable + SummaryCatalog,
    I: TransactionCatalog,
    P: ParkingLot,
    J: CatchUp,
    E: Environment,
{
    /// Compares, and in [`Mode::Repair`] mends, what this redrive writes.
    pub fn new(redrive: Redrive<S, T, I, P, J>, environment: E, mode: Mode) -> Self {
        Self { redrive, environment, mode }
    }

    /// Compares all of the scope. Memory holds the names of its accounts, and some pages of those under way.
    ///
    /// # Errors
    /// [`ProjectionError`] if a store does not answer; what was mended stays so, and the rest waits for the next run.
    pub async fn run(
        &self,
        scope: &Scope,
        mut on: impl FnMut(Progress<'_>),
    ) -> Result<Summary, ProjectionError> {
        let mut summary = Summary::default();
        if self.mode == Mode::Repair {
            summary.redriven = self.redrive_parked(scope).await?;
        }
        let names = self.names(scope).await?;
        on(Progress::Begun(names.len()));
        let compared = stream::iter(names.into_iter().map(|name| self.account(name, scope.projection)));
        let mut compared = compared.buffer_unordered(ACCOUNTS_AT_ONCE);
        while let Some(differences) = compared.try_next().await? {
            summary.add(&differences);
            on(Progress::Compared(&differences));
        }
        drop(compared);
        for stream in self.other_streams(scope).await? {
            let differences = self.journal(&stream).await?;
            summary.add_other(&differences);
            on(Progress::Compared(&differences));
        }
        Ok(summary)
    }

    async fn account(
        &self,
        name: Name,
        projection: Option<Projection>,
    ) -> Result<Vec<Difference>, ProjectionError> {
        let mut differences = Vec::new();
        let is_asked = |one: &Projection| projection.is_none_or(|asked| asked == *one) && self.is_kept(*one);
        for one in Projection::ALL.into_iter().filter(is_asked) {
            differences.extend(match one {
                Projection::AccountSummary => self.row(&name).await?,
                Projection::TransactionHistory => self.documents(&name).await?,
                Projection::Journal => self.journal(&stream_of(&name.text)).await?,
            });
        }
        Ok(differences)
    }

    /// Whether this deployment has what the projection writes.
    fn is_kept(&self, projection: Projection) -> bool {
        projection != Projection::TransactionHistory || self.redrive.index.is_kept()
    }

    /// Redrives what is parked, and counts what is parked no more.
    async fn redrive_parked(&self, scope: &Scope) -> Result<u64, ProjectionError> {
        let (mut redriven, mut after) = (0, None::<ParkedId>);
        loop {
            let parked = &self.redrive.parking;
            let page = parked.page(scope.projection, after.as_ref(), PARKED_PAGE).await?;
            let of_scope = |id: &ParkedId| scope.account_id.as_ref().is_none_or(|one| *one == id.account_id);
            let of_scope = |id: &ParkedId| of_scope(id) && self.is_kept(id.projection);
            for id in page.iter().map(Parked::id).filter(of_scope) {
                let outcome = self.redrive.redrive_one(&id).await?;
                redriven += u64::from(matches!(outcome, Some(Redriven::UpToDate { .. })));
            }
            after = page.last().map(Parked::id).filter(|_| page.len() == PARKED_PAGE);
            if after.is_none() {
                return Ok(redriven);
            }
        }
    }

    /// Parks an account whose events cannot be projected, unless nothing is to be written.
    async fn park(&self, parked: &Parked) -> Result<(), ProjectionError> {
        if self.mode == Mode::Repair {
            park(&self.redrive.parking, parked).await?;
        }
        Ok(())
    }

    /// Whether an event that was recorded then may still be on its way to a read model.
    fn is_early(&self, recorded_at: Option<Timestamp>) -> bool {
        recorded_at.is_some_and(|at| at.plus_seconds(GRACE_SECONDS) > self.environment.now())
    }
}

/// The stream that an account of this name has, if it has any.
fn stream_of(name: &str) -> StreamId {
    StreamId::stored(format!("account-{name}"))
}
