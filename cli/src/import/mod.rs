//! `passbook import`: brings in accounts with their past, each transaction once.

mod file;
mod run;

use std::path::PathBuf;

use clap::Args;

pub(crate) use run::run;

const EXAMPLES: &str = "Examples:
  passbook import tests/fixtures/bank-1993-sample.csv
  passbook import tests/fixtures/bank-1993-sample.csv --concurrency 16 --json

The exit code is 0 if every line was imported, now or before; 3 if an account stopped at a bad line.";

/// Import accounts and transactions with their own times, from a CSV file.
///
/// Columns: transaction_id, account_id, booked_at (RFC 3339), kind (OPEN, CREDIT, DEBIT), amount, currency; for OPEN also
/// user_id and account_type; optional: balance_after, reference, counterparty. The rows of an account are in the order of
/// their time. Importing a file again goes on where it stopped: a transaction id is imported once. An account stops at
/// its first bad line; the others go on.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The CSV file.
    file: PathBuf,
    /// How many accounts are imported at the same time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
}
