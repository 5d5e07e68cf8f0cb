//! `cargo xtask test`: all that proves the bank, on a machine that has nothing of it yet.

mod alarms;
mod checks;
mod configuration;
mod dependencies;
mod deployment;
mod policies;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{
    layout::Layout,
    prerequisites,
    stack::{processes::Processes, up::stop_on_interrupt},
};

/// The stack that only tests use, so that they leave the one of `up` alone.
const STACK: &str = "test";

/// Check and test everything, on servers of its own that end with it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run only the tests whose names contain this.
    filter: Option<String>,
    /// Run only this part.
    #[arg(long)]
    only: Option<Part>,
}

/// A part of the proof, in the order in which they run: the quick ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting.
    Fmt,
    /// Clippy, with warnings as errors.
    Clippy,
    /// The templates and the dependencies.
    Lint,
    /// Unit, property and conformance tests, against real servers.
    Unit,
    /// What comes from outside, in forms that a fuzzer thinks of.
    Fuzz,
    /// The command side in simulated worlds.
    Simulation,
    /// The TypeScript client and generated requests against the deployed stack.
    Contract,
    /// By `sam deploy` alone: into nothing, over a bank that is at work, and away again.
    Deployment,
    /// Over HTTP against the deployed stack, and last while its functions are killed.
    Acceptance,
    /// The deployed stack with a DynamoDB that fails before it, for a minute or two.
    Fire,
}

impl Part {
    /// What runs if no part is asked for.
    const ALL: [Self; 10] = [
        Self::Fmt,
        Self::Clippy,
        Self::Lint,
        Self::Unit,
        Self::Fuzz,
        Self::Simulation,
        Self::Contract,
        Self::Deployment,
        Self::Acceptance,
        Self::Fire,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "formatting",
            Self::Clippy => "clippy",
            Self::Lint => "templates and dependencies",
            Self::Unit => "unit, property and conformance tests",
            Self::Fuzz => "fuzz targets",
            Self::Simulation => "simulation",
            Self::Contract => "client and contract",
            Self::Deployment => "deployment",
            Self::Acceptance => "acceptance tests",
            Self::Fire => "bank under faults",
        }
    }
}

struct Outcome {
    part: Part,
    took: Duration,
    error: Option<anyhow::Error>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let prerequisites = prerequisites::check()?;
    let stack = layout.stack(STACK);
    // What a test run that was cut off has left.
    Processes::of(&stack).stop()?;
    std::fs::create_dir_all(stack.join("logs"))?;
    stop_on_interrupt(&stack)?;
    let checks =
        checks::Checks { layout, prerequisites, stack: stack.clone(), filter: arguments.filter.clone() };
    let mut outcomes = Vec::new();
    for part in arguments.only.map_or_else(|| Part::ALL.to_vec(), |only| vec![only]) {
        eprintln!("\n── {}", part.name());
        let start = Instant::now();
        let result = match part {
            Part::Fmt => checks.formatting(),
            Part::Clippy => checks.clippy(),
            Part::Lint => checks.templates_and_dependencies(),
            Part::Unit => checks.unit_tests(),
            Part::Fuzz => checks.fuzz_targets(),
            Part::Simulation => checks.simulation(),
            Part::Contract => checks.contract(),
            Part::Deployment => deployment::prove(&checks),
            Part::Acceptance => checks.acceptance_tests(),
            Part::Fire => checks.fire(),
        };
        Processes::of(&stack).stop()?;
        outcomes.push(Outcome { part, took: start.elapsed(), error: result.err() });
    }
    Ok(report(&outcomes))
}

fn report(outcomes: &[Outcome]) -> ExitCode {
    println!();
    for Outcome { part, took, error } in outcomes {
        let result = if error.is_none() { "ok" } else { "FAILED" };
        println!("{result:>8}  {:>6.1} s  {}", took.as_secs_f32(), part.name());
    }
    let failed: Vec<&anyhow::Error> = outcomes.iter().filter_map(|outcome| outcome.error.as_ref()).collect();
    for error in &failed {
        eprintln!("\nerror: {error:#}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
