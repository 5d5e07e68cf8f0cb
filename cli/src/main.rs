//! `passbook`: the ledger from the command line.
//!
//! Accounts and histories are read through the HTTP API, like any client does, and parked accounts are redriven through
//! it. Questions in SQL go to Athena. An import goes through the application layer to the events table, since no API takes transactions with a past; a
//! reconciliation reads and writes the tables and the index themselves, since it takes longer than any request.

#![expect(clippy::print_stdout, reason = "a command line tool answers on the standard output")]
#![expect(clippy::doc_markdown, reason = "clap shows the comments on arguments as plain text")]

mod account;
mod analytics;
mod api;
mod feed;
mod history;
mod import;
mod parked;
mod progress;
mod projections;
mod rebuild;
mod reconcile;
mod stack;
mod status;
mod table;
mod token;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "Examples:
  passbook import tests/fixtures/bank-1993-sample.csv
  passbook account cz-576
  passbook history cz-576 --from 1993-01-01T00:00:00Z --limit 50
  passbook verify --all
  passbook feed --follow
  passbook analytics volumes
  passbook analytics sql \"SELECT currency, sum(amount) FROM events GROUP BY currency\"
  passbook reconcile --check
  passbook projections
  passbook rebuild summary
  passbook parked
  curl -H \"Authorization: Bearer $(passbook token --user alice)\" …";

/// The event-sourced bank ledger, from the command line.
#[derive(Parser)]
#[command(version, about, after_help = EXAMPLES)]
struct Cli {
    /// The file that describes the stack, as `cargo xtask up` writes it
    /// [default: .local/dev/stack.json, here or in a folder above].
    #[arg(long, global = true, env = "PASSBOOK_STACK", value_name = "FILE")]
    stack: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Import(import::Arguments),
    Token(token::Arguments),
    Account(account::Arguments),
    History(history::Arguments),
    Feed(feed::Arguments),
    Analytics(analytics::Arguments),
    Status(status::Arguments),
    Verify(verify::Arguments),
    Reconcile(reconcile::Arguments),
    Projections(projections::Arguments),
    Rebuild(rebuild::Arguments),
    Parked(parked::ListArguments),
    Redrive(parked::RedriveArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let stack = stack::Stack::find(cli.stack.as_deref())?;
    match &cli.command {
        Command::Import(arguments) => import::run(&stack, arguments, cli.json).await,
        Command::Token(arguments) => token::run(&stack, arguments, cli.json).await,
        Command::Account(arguments) => account::run(&stack, arguments, cli.json).await,
        Command::History(arguments) => history::run(&stack, arguments, cli.json).await,
        Command::Feed(arguments) => feed::run(&stack, arguments, cli.json).await,
        Command::Analytics(arguments) => analytics::run(&stack, arguments, cli.json).await,
        Command::Status(arguments) => status::run(&stack, arguments, cli.json).await,
        Command::Verify(arguments) => verify::run(&stack, arguments, cli.json).await,
        Command::Reconcile(arguments) => reconcile::run(&stack, arguments, cli.json).await,
        Command::Projections(arguments) => projections::run(&stack, arguments, cli.json).await,
        Command::Rebuild(arguments) => rebuild::run(&stack, arguments, cli.json).await,
        Command::Parked(arguments) => parked::list(&stack, arguments, cli.json).await,
        Command::Redrive(arguments) => parked::redrive(&stack, arguments, cli.json).await,
    }
}
