//! Transactions as the rows of a table that spreadsheets read.

use application::ports::Transaction;
use csv::Writer;
use domain::{Decimal, Money, Timestamp};

use crate::Problem;

const HEADER: [&str; 12] = [
    "transaction_id",
    "timestamp",
    "type",
    "description",
    "reference",
    "counterparty",
    "amount",
    "fee",
    "change",
    "balance_after",
    "currency",
    "version",
];

/// Rows of CSV (RFC 4180).
pub(super) struct Table(Writer<Vec<u8>>);

impl Table {
    /// A table whose first row names the columns.
    pub(super) fn with_header() -> Result<Self, Problem> {
        let mut table = Self::without_header();
        table.0.write_record(HEADER).map_err(broken)?;
        Ok(table)
    }

    /// A table that goes on another one.
    pub(super) fn without_header() -> Self {
        Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new()))
    }

    /// A row that is no transaction, but the balance at some time.
    pub(super) fn balance(
        &mut self,
        kind: &str,
        at: Timestamp,
        balance: Money,
        version: u64,
    ) -> Result<(), Problem> {
        let (at, version) = (at.to_string(), version.to_string());
        let (balance, currency) = (balance.amount().to_string(), balance.currency().code());
        let row = ["", &at, kind, "", "", "", "", "", "", &balance, currency, &version];
        self.0.write_record(row).map_err(broken)
    }

    /// A transaction. `change` is what it did to the balance: minus amount and fee if it made it smaller.
    pub(super) fn transaction(&mut self, transaction: &Transaction) -> Result<(), Problem> {
        let (amount, fee) = (transaction.amount.amount(), transaction.fee.amount());
        let change =
            if transaction.transaction_type.is_outgoing() { -amount.saturating_add(fee) } else { amount };
        let numbers = [amount, fee, change, transaction.balance_after.amount()]
            .map(|number: Decimal| number.to_string());
        let [amount, fee, change, balance_after] = &numbers;
        let text = |text: Option<&str>| harmless(text.unwrap_or_default());
        let row = [
            transaction.transaction_id.as_str(),
            &transaction.timestamp.to_string(),
            transaction.transaction_type.as_str(),
            &text(Some(&transaction.description)),
            &text(transaction.reference.as_deref()),
            &text(transaction.counterparty.as_deref()),
            amount,
            fee,
            change,
            balance_after,
            transaction.amount.currency().code(),
            &transaction.version.to_string(),
        ];
        self.0.write_record(row).map_err(broken)
    }

    /// All of it.
    pub(super) fn finish(self) -> Result<Vec<u8>, Problem> {
        self.0.into_inner().map_err(|error| broken(error.into_error()))
    }
}

/// What a spreadsheet would take for a formula begins with an apostrophe, which it does not show.
fn harmless(text: &str) -> String {
    let apostrophe = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("{apostrophe}{text}")
}

fn broken(error: impl Into<csv::Error>) -> Problem {
    tracing::error!(error = %error.into(), "a table could not be written");
    Problem::internal_error()
}
