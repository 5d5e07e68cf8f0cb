//! Summaries for queries: the row, brought up to date from the events on the way where the query asks for it.

use application::{
    StreamId,
    codec::CodecError,
    ports::{AccountSummary, EventStore, Freshness, StoreError, Summaries},
};
use domain::{AccountId, UserId};

use super::{Consistency, FoldError, SummaryTable, apply_commit};

/// How many commits are read at a time.
const PAGE: usize = 200;

/// The summaries over a table and the events behind it.
#[derive(Clone, Debug)]
pub struct SummaryReader<S, T> {
    store: S,
    table: T,
}

impl<S: EventStore, T: SummaryTable> SummaryReader<S, T> {
    /// The summaries of this table, brought up to date from this store.
    pub fn new(store: S, table: T) -> Self {
        Self { store, table }
    }

    /// The row with all newer commits folded in, in memory; to write it is the projector's business.
    async fn newest(
        &self,
        account_id: &AccountId,
        mut row: Option<AccountSummary>,
    ) -> Result<Option<AccountSummary>, StoreError> {
        let stream = StreamId::account(account_id);
        loop {
            let next = row.as_ref().map_or(1, |row| row.version.saturating_add(1));
            let page = self.store.read(&stream, next, PAGE).await?;
            let is_last = page.len() < PAGE;
            for commit in page {
                let folded = apply_commit(row, &commit, account_id);
                row = Some(folded.map_err(|error| store_error(error, &stream))?);
            }
            if is_last {
                return Ok(row);
            }
        }
    }
}

impl<S: EventStore, T: SummaryTable> Summaries for SummaryReader<S, T> {
    async fn find(
        &self,
        account_id: &AccountId,
        freshness: Freshness,
    ) -> Result<Option<AccountSummary>, StoreError> {
        let row = self.table.read(account_id, Consistency::Eventual).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        match freshness {
            Freshness::Eventual => Ok(row),
            Freshness::AtLeast(asked) if version >= asked => Ok(row),
            Freshness::AtLeast(_) | Freshness::Strong => self.newest(account_id, row).await,
        }
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, StoreError> {
        Ok(self.table.of_user(user_id).await?)
    }
}

fn store_error(error: FoldError, stream: &StreamId) -> StoreError {
    match error {
        FoldError::Codec(source) => source.into(),
        FoldError::History { source, .. } => CodecError::from(source).into(),
        FoldError::Gap { expected, .. } => StoreError::Gap { stream: stream.clone(), version: expected },
        FoldError::TransactionId { .. } | FoldError::Amount { .. } => StoreError::Unreadable(error.into()),
    }
}
