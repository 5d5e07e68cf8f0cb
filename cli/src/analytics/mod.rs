//! `passbook analytics`: what all accounts come to. Sums of the moment through the API, any question in SQL.

mod athena;
pub(crate) mod rebuild;
mod sql;
mod sums;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{exit::Exit, stack::Stack};

const EXAMPLES: &str = "Examples:
  passbook analytics volumes --from 1993-01-01T00:00:00Z --to 1993-12-31T23:59:59Z
  passbook analytics top --by count
  passbook analytics fees --json
  passbook analytics sql \"SELECT count(*) FROM events\"";

const VOLUMES_EXAMPLES: &str = "Examples:
  passbook analytics volumes
  passbook analytics volumes --from 1993-01-01T00:00:00Z --to 1993-12-31T23:59:59Z --json";

const FEES_EXAMPLES: &str = "Examples:
  passbook analytics fees
  passbook analytics fees --from 2026-11-01T00:00:00Z --json";

const ACTIVE_EXAMPLES: &str = "Examples:
  passbook analytics active
  passbook analytics active --from 1993-01-01T00:00:00Z --json";

/// Ask what all accounts come to: sums of the moment, or SQL over every event.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    Sql(sql::Arguments),
    /// Show what moved, by day, type, account type and currency.
    #[command(after_help = VOLUMES_EXAMPLES)]
    Volumes(sums::Arguments),
    /// Show the accounts with the largest volumes, or the most transactions, of each currency.
    Top(sums::TopArguments),
    /// Show what the bank took, by currency, type and account type.
    #[command(after_help = FEES_EXAMPLES)]
    Fees(sums::Arguments),
    /// Show on how many accounts money moved, by currency and account type.
    #[command(after_help = ACTIVE_EXAMPLES)]
    Active(sums::Arguments),
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    match &arguments.question {
        Question::Sql(arguments) => sql::run(stack, arguments, json).await,
        Question::Volumes(arguments) => sums::volumes(stack, arguments, json).await,
        Question::Top(arguments) => sums::top(stack, arguments, json).await,
        Question::Fees(arguments) => sums::fees(stack, arguments, json).await,
        Question::Active(arguments) => sums::active(stack, arguments, json).await,
    }
}
