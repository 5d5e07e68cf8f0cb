//! `passbook`: the ledger from the command line.
//!
//! Accounts and histories are read through the HTTP API, like any client does, and parked accounts are redriven through
//! it. Questions in SQL go to Athena. An import goes through the application layer to the events table, since no API
//! takes transactions with a past; a reconciliation reads and writes the tables and the index themselves, since it takes
//! longer than any request.

#![expect(clippy::doc_markdown, reason = "clap shows the comments on arguments as plain text")]

mod account;
mod alarms;
mod analytics;
mod api;
mod completions;
mod cost;
mod exit;
mod explain;
mod export;
mod feed;
mod history;
mod import;
mod metrics;
mod output;
mod parked;
mod place;
mod profile;
mod progress;
mod projections;
mod rebuild;
mod reconcile;
mod restore;
mod stack;
mod statement;
mod status;
mod table;
mod token;
mod trace;
mod verify;

use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    exit::{EXIT_CODES, Exit},
    place::{Choice, Place},
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook import tests/fixtures/bank-1993-sample.csv
  passbook account cz-576
  passbook explain cz-576 --last 5
  passbook history cz-576 --from 1993-01-01T00:00:00Z --limit 50
  passbook verify --all
  passbook feed --follow
  passbook analytics volumes
  passbook analytics sql \"SELECT currency, sum(amount) FROM events GROUP BY currency\"
  passbook reconcile --check
  passbook projections
  passbook rebuild summary
  passbook parked --json
  passbook trace 0192f7c1-5b0e-8a56-8dc3-309bd5e30b79
  passbook alarms
  passbook cost --commands-per-day 10000 --queries-per-day 100000
  passbook --profile prod account cz-576
  curl -H \"Authorization: Bearer $(passbook token --user alice)\" $API/v1/accounts";

/// The event-sourced bank ledger, from the command line.
#[derive(Parser)]
#[command(version, about, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Cli {
    #[command(flatten)]
    place: Place,
    /// Answer in JSON, on the standard output; errors stay words on the standard error.
    #[arg(long, global = true)]
    json: bool,
    /// Use colours; auto: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    OfAStack(OfAStack),
    Profile(profile::Arguments),
    Completions(completions::Arguments),
    Cost(cost::Arguments),
}

/// What asks a stack, or does something to it.
#[derive(Subcommand)]
enum OfAStack {
    Import(import::Arguments),
    Token(token::Arguments),
    Account(account::Arguments),
    Explain(explain::Arguments),
    History(history::Arguments),
    Statement(statement::Arguments),
    Export(export::Arguments),
    Feed(feed::Arguments),
    Analytics(analytics::Arguments),
    Status(status::Arguments),
    Verify(verify::Arguments),
    Reconcile(reconcile::Arguments),
    Restore(restore::Arguments),
    Projections(projections::Arguments),
    Rebuild(rebuild::Arguments),
    Parked(parked::ListArguments),
    Redrive(parked::RedriveArguments),
    Trace(trace::Arguments),
    Alarms(alarms::Arguments),
    Metrics(metrics::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    output::choose_colours(cli.color);
    let ended = match cli.place.choice(&matches) {
        Ok(choice) => run(&cli, &choice).await,
        Err(error) => Err(error),
    };
    let exit = ended.unwrap_or_else(|error| {
        let exit = Exit::of(&error);
        if exit != Exit::Done {
            output::error(&error);
        }
        exit
    });
    exit.into()
}

async fn run(cli: &Cli, choice: &Choice<'_>) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::OfAStack(command) => {
            command.run(&choice.stack()?.0, cli.json).await.map_err(exit::with_remedy)
        }
        Command::Profile(arguments) => profile::run(choice, arguments, cli.json),
        Command::Completions(arguments) => completions::run(&mut Cli::command(), arguments),
        Command::Cost(arguments) => cost::run(arguments, cli.json),
    }
}

impl OfAStack {
    async fn run(&self, stack: &Stack, json: bool) -> anyhow::Result<Exit> {
        match self {
            Self::Import(arguments) => import::run(stack, arguments, json).await,
            Self::Token(arguments) => token::run(stack, arguments, json).await,
            Self::Account(arguments) => account::run(stack, arguments, json).await,
            Self::Explain(arguments) => explain::run(stack, arguments, json).await,
            Self::History(arguments) => history::run(stack, arguments, json).await,
            Self::Statement(arguments) => statement::run(stack, arguments, json).await,
            Self::Export(arguments) => export::run(stack, arguments).await,
            Self::Feed(arguments) => feed::run(stack, arguments, json).await,
            Self::Analytics(arguments) => analytics::run(stack, arguments, json).await,
            Self::Status(arguments) => status::run(stack, arguments, json).await,
            Self::Verify(arguments) => verify::run(stack, arguments, json).await,
            Self::Reconcile(arguments) => reconcile::run(stack, arguments, json).await,
            Self::Restore(arguments) => restore::run(stack, arguments, json).await,
            Self::Projections(arguments) => projections::run(stack, arguments, json).await,
            Self::Rebuild(arguments) => rebuild::run(stack, arguments, json).await,
            Self::Parked(arguments) => parked::list(stack, arguments, json).await,
            Self::Redrive(arguments) => parked::redrive(stack, arguments, json).await,
            Self::Trace(arguments) => trace::run(stack, arguments, json).await,
            Self::Alarms(arguments) => alarms::run(stack, arguments, json).await,
            Self::Metrics(arguments) => metrics::run(stack, arguments, json).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, error::ErrorKind};

    use super::Cli;

    /// Every command with its own `--help`, and what that says below its options.
    fn helps() -> Vec<(String, String)> {
        fn below(command: &clap::Command, path: &str, found: &mut Vec<(String, String)>) {
            let path = format!("{path} {}", command.get_name());
            let after = command.get_after_help().map(ToString::to_string);
            found.push((path.trim().to_owned(), after.unwrap_or_default()));
            command.get_subcommands().for_each(|command| below(command, &path, found));
        }
        let mut found = Vec::new();
        below(&Cli::command(), "", &mut found);
        found
    }

    /// The words of an example up to a remark or a pipe, with text between quotes as one word.
    fn words(example: &str) -> Vec<String> {
        let command = example.split(" | ").next().unwrap().split("   ").next().unwrap();
        let command = command.split(" > ").next().unwrap().split(" >> ").next().unwrap();
        let parts = command.split('"').enumerate();
        parts
            .flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn every_help_has_examples() {
        for (command, after) in helps() {
            assert!(after.starts_with("Examples:\n  "), "{command}: {after}");
        }
    }

    #[test]
    fn every_example_is_taken() {
        let mut taken = 0;
        for (command, after) in helps() {
            let all = after.lines().map(str::trim_start);
            for example in all.filter(|line| line.starts_with("passbook ")) {
                let parsed = Cli::command().try_get_matches_from(words(example));
                assert!(parsed.is_ok(), "{command}: {example}: {}", parsed.unwrap_err());
                taken += 1;
            }
        }
        assert!(taken > 40, "{taken}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        let unknown = Cli::command().try_get_matches_from(["passbook", "explain", "no account"]).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::ValueValidation);
    }
}
