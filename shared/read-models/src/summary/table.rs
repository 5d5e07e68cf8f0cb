//! The table of summaries as a port: two adapters, one conformance suite (`tests/summary_table.rs`).

use std::future::Future;

use application::ports::AccountSummary;
use domain::{AccountId, UserId};

use crate::TableError;

/// What a read has to have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Perhaps not the latest writes, at half the price.
    Eventual,
    /// All writes before it.
    Strong,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The row is there.
    Done,
    /// The row is not at the expected version any more: somebody else was quicker. Nothing was written.
    Lost,
}

/// One row an account.
pub trait SummaryTable: Send + Sync {
    /// The row of an account.
    ///
    /// # Errors
    /// [`TableError`].
    fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> impl Future<Output = Result<Option<AccountSummary>, TableError>> + Send;

    /// Puts a row in the place of the one at version `expected`, or of none.
    ///
    /// # Errors
    /// [`TableError`]; then it may have been written or not.
    fn write(
        &self,
        summary: &AccountSummary,
        expected: Option<u64>,
    ) -> impl Future<Output = Result<Written, TableError>> + Send;

    /// The rows of all the accounts of a user, by account id; perhaps not the latest writes.
    ///
    /// # Errors
    /// [`TableError`].
    fn of_user(
        &self,
        user_id: &UserId,
    ) -> impl Future<Output = Result<Vec<AccountSummary>, TableError>> + Send;
}

/// A table of summaries that can say which rows it has, and take one away.
pub trait SummaryCatalog: SummaryTable {
    /// The keys of up to `limit` rows, in no order that means anything, and from where it goes on: `None` at the end.
    /// A key is a text: what stands in the table need not be an account's id.
    ///
    /// # Errors
    /// [`TableError`].
    fn keys(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<String>, Option<String>), TableError>> + Send;

    /// Up to `limit` rows, in no order that means anything and with all writes before, and from where it goes on: `None`
    /// at the end.
    ///
    /// # Errors
    /// [`TableError`].
    fn rows(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<(Vec<AccountSummary>, Option<String>), TableError>> + Send;

    /// Takes away the row of this key that is at version `expected`; `None`: one that cannot be read, whatever its
    /// version.
    ///
    /// # Errors
    /// [`TableError`]; then it may be gone or not.
    fn remove(
        &self,
        key: &str,
        expected: Option<u64>,
    ) -> impl Future<Output = Result<Written, TableError>> + Send;
}
