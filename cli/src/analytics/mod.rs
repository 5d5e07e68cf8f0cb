//! `passbook analytics`: what all accounts come to. Sums of the moment through the API, any question in SQL.

mod athena;
pub(crate) mod rebuild;
mod sql;
mod sums;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::stack::Stack;

/// Ask what all accounts come to: sums of the moment, or SQL over every event.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    Sql(sql::Arguments),
    /// Show what moved, by day, type, account type and currency.
    Volumes(sums::Arguments),
    /// Show the accounts with the largest volumes, or the most transactions, of each currency.
    Top(sums::TopArguments),
    /// Show what the bank took, by currency, type and account type.
    Fees(sums::Arguments),
    /// Show on how many accounts money moved, by currency and account type.
    Active(sums::Arguments),
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<ExitCode> {
    match &arguments.question {
        Question::Sql(arguments) => sql::run(stack, arguments, json).await,
        Question::Volumes(arguments) => sums::volumes(stack, arguments, json).await,
        Question::Top(arguments) => sums::top(stack, arguments, json).await,
        Question::Fees(arguments) => sums::fees(stack, arguments, json).await,
        Question::Active(arguments) => sums::active(stack, arguments, json).await,
    }
}
