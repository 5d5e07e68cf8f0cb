//! `cargo xtask fuzz`: what comes from outside, in every form that libFuzzer can think of (`fuzz/`).

mod fuzzer;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::layout::Layout;

pub(crate) use fuzzer::Fuzzer;

const EXAMPLES: &str = "The first time the targets are built for it, which takes a few minutes.

Examples:
  cargo xtask fuzz                        all targets, a minute each
  cargo xtask fuzz commit --seconds 3600  one of them, for an hour
  cargo xtask fuzz amount --input FILE    one input once more: what was found, with its backtrace

What a target has learned in .local/fuzz stays there, and the next run goes on from it.";

/// How long each target runs, if nothing else is said.
const SECONDS: u32 = 60;

/// A target, by the name of its file in `fuzz/fuzz_targets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Target {
    /// An amount of money, from a client's text to the stored one.
    Amount,
    /// The body of a command.
    Body,
    /// Stored commits, and the audit of them.
    Commit,
    /// The cursor of the transaction history.
    Cursor,
    /// A commit as the table's stream delivers it.
    StreamImage,
}

impl Target {
    const ALL: [Self; 5] = [Self::Amount, Self::Body, Self::Commit, Self::Cursor, Self::StreamImage];

    fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Body => "body",
            Self::Commit => "commit",
            Self::Cursor => "cursor",
            Self::StreamImage => "stream_image",
        }
    }
}

/// Look for inputs from outside that the bank does not take as it has to.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which target [default: all of them].
    target: Option<Target>,
    /// How long each target runs.
    #[arg(long, default_value_t = SECONDS, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Only this input, once.
    #[arg(long, value_name = "FILE", conflicts_with = "seconds", requires = "target")]
    input: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let fuzzer = Fuzzer::build(Layout::find()?)?;
    if let (Some(target), Some(input)) = (arguments.target, &arguments.input) {
        return fuzzer.again(target, input);
    }
    let mut are_right = true;
    for target in Target::ALL.into_iter().filter(|target| arguments.target.is_none_or(|one| one == *target)) {
        let outcome = fuzzer.explore(target, arguments.seconds);
        are_right &= outcome.is_ok();
        outcome.unwrap_or_else(|error| eprintln!("{error:#}"));
    }
    Ok(if are_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
