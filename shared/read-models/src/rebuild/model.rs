//! A read model as a rebuild makes it.

use std::{collections::BTreeMap, future::Future};

use application::{
    Commit,
    ports::{Generation, Projection, Total},
};
use domain::Timestamp;

use super::{HistoryModel, SummaryModel};
use crate::ProjectionError;

/// Some rows that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many.
    pub rows: u64,
    /// Where it goes on; `None` at the end.
    pub next: Option<String>,
}

/// A read model of which generations can be made, looked at and taken away. All of it may be done again, or by several at once.
pub trait ReadModel: Send + Sync {
    /// Whether this deployment keeps it.
    fn is_kept(&self) -> bool {
        true
    }

    /// Makes room for a generation.
    ///
    /// # Errors
    /// [`ProjectionError`].
    fn open(&self, generation: Generation) -> impl Future<Output = Result<(), ProjectionError>> + Send;

    /// Projects commits into a generation, as of a time if there is one, and parks accounts that stop it; how many, it
    /// says.
    ///
    /// # Errors
    /// [`ProjectionError`]; then some may be projected and others not.
    fn project(
        &self,
        generation: Generation,
        until: Option<Timestamp>,
        commits: Vec<Commit>,
    ) -> impl Future<Output = Result<u64, ProjectionError>> + Send;

    /// Projects commits once more into a generation that has them, right or wrong.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    fn replay(
        &self,
        generation: Generation,
        commits: Vec<Commit>,
    ) -> impl Future<Output = Result<u64, ProjectionError>> + Send;

    /// Which of these commits a generation lacks, by their places here.
    ///
    /// # Errors
    /// [`ProjectionError`].
    fn lacks(
        &self,
        generation: Generation,
        commits: &[Commit],
    ) -> impl Future<Output = Result<Vec<usize>, ProjectionError>> + Send;

    /// Lets queries read a generation.
    ///
    /// # Errors
    /// [`ProjectionError`].
    fn publish(&self, generation: Generation) -> impl Future<Output = Result<(), ProjectionError>> + Send;

    /// Adds some of a generation's rows to sums by currency, if it has rows that can be added.
    ///
    /// # Errors
    /// [`ProjectionError`].
    fn sum(
        &self,
        generation: Generation,
        after: Option<&str>,
        totals: &mut BTreeMap<String, Total>,
    ) -> impl Future<Output = Result<Looked, ProjectionError>> + Send;

    /// Takes away some of a generation.
    ///
    /// # Errors
    /// [`ProjectionError`].
    fn discard(
        &self,
        generation: Generation,
        after: Option<&str>,
    ) -> impl Future<Output = Result<Looked, ProjectionError>> + Send;
}

/// The read models that can be rebuilt.
#[derive(Clone, Debug)]
pub struct Models<A, H> {
    /// One row an account.
    pub summary: A,
    /// One document a transaction.
    pub history: H,
}

impl<S: Clone, T, I, P: Clone> Models<SummaryModel<S, T, P>, HistoryModel<I, P>> {
    /// The read models in this table and this index, made from these events.
    pub fn new(store: S, table: T, index: I, parking: P) -> Self {
        let summary = SummaryModel { store, table, parking: parking.clone() };
        Self { summary, history: HistoryModel { index, parking } }
    }
}

/// Calls a method of the read model that a projection keeps.
macro_rules! of_projection {
    ($models:expr, $projection:expr, $model:ident => $call:expr) => {
        match $projection {
            ::application::ports::Projection::AccountSummary => {
                let $model = &$models.summary;
                $call.await
            }
            ::application::ports::Projection::TransactionHistory => {
                let $model = &$models.history;
                $call.await
            }
            projection @ ::application::ports::Projection::Journal => {
                Err($crate::ProjectionError::NotRebuildable { projection })
            }
        }
    };
}

pub(super) use of_projection;

impl<A: ReadModel, H: ReadModel> Models<A, H> {
    /// Whether a projection has a read model that can be made anew.
    pub(super) fn has(&self, projection: Projection) -> bool {
        match projection {
            Projection::AccountSummary => self.summary.is_kept(),
            Projection::TransactionHistory => self.history.is_kept(),
            Projection::Journal => false,
        }
    }

    /// The projections of this deployment: its read models, and the journal.
    pub(super) fn projections(&self) -> impl Iterator<Item = Projection> {
        Projection::ALL.into_iter().filter(|one| *one == Projection::Journal || self.has(*one))
    }
}
