//! Of which accounts there is anything: events, a row, or documents.

use std::collections::BTreeMap;

use application::{
    journal::CatchUp,
    ports::{Environment, Projection, StreamCatalog},
};

use super::{Reconcile, Scope};
use crate::{
    ProjectionError,
    history::TransactionCatalog,
    parking::ParkingLot,
    summary::{SummaryCatalog, SummaryTable},
};

/// How many names are read at a time.
const PAGE: usize = 1_000;

/// An account by name; what stands in a read model may be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    /// Whether the table of summaries has a row under this name.
    pub(super) has_row: bool,
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
    pub(super) async fn names(&self, scope: &Scope) -> Result<Vec<Name>, ProjectionError> {
        if let Some(account_id) = &scope.account_id {
            return Ok(vec![Name { text: account_id.to_string(), has_row: true }]);
        }
        let streams = self.redrive.advance.store.streams().await.map_err(ProjectionError::Events)?;
        let ids = streams.iter().filter_map(application::StreamId::account_id);
        let mut names: BTreeMap<String, bool> = ids.map(|id| (id.to_string(), false)).collect();
        let asks_for = |one| scope.projection.is_none_or(|asked| asked == one);
        if asks_for(Projection::AccountSummary) {
            let mut next = None;
            loop {
                let (page, after) = self.redrive.advance.table.keys(next.as_deref(), PAGE).await?;
                names.extend(page.into_iter().map(|name| (name, true)));
                next = after;
                if next.is_none() {
                    break;
                }
            }
        }
        if asks_for(Projection::TransactionHistory) && self.is_kept(Projection::TransactionHistory) {
            let mut next = None;
            loop {
                let (page, after) = self.redrive.index.accounts(next.as_deref(), PAGE).await?;
                for name in page {
                    names.entry(name).or_default();
                }
                next = after;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(names.into_iter().map(|(text, has_row)| Name { text, has_row }).collect())
    }
}
