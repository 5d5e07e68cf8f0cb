//! `cargo xtask fire`: the deployed bank under faults, with every check of the simulators.

mod report;

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    bench::{section, stack_note},
    layout::Layout,
    prerequisites::Prerequisites,
    stack::{bring_up::BringUp, build, description, own::own, ports},
};
use report::Report;

const EXAMPLES: &str = "Examples:
  cargo xtask fire                                        2,000 operations over four schedules: about four minutes
  cargo xtask fire --seed 4711 --accounts 100             others of them, over more accounts
  cargo xtask fire --operations 100000 --schedules 20 --record
                                                          an hour's work; docs/benchmarks.md says what came of it

The exit code is 0 if nothing was wrong and every planted bug was seen. A seed says which commands are sent and which
faults happen how often; when each meets what, the machine decides, so a run is not the same again to the last step.";

/// The stack that only fires use.
const STACK: &str = "fire";

/// Where the proxy before DynamoDB listens, if nobody else does.
const PROXY_PORT: u16 = 8100;

/// Set the deployed bank on fire: a proxy before DynamoDB loses answers, functions and servers are killed, clients go on.
///
/// Everything is recorded and checked as in the simulators. In the end bugs are planted, and each has to be seen.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    fire: Fire,
    /// End with JSON.
    #[arg(long)]
    json: bool,
    /// Write what came of it into docs/benchmarks.md.
    #[arg(long)]
    record: bool,
}

/// How large it is.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Fire {
    /// How many operations in all: commands, replays, reused keys and reads.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) operations: u32,
    /// Over how many schedules of faults.
    #[arg(long, default_value_t = 4)]
    pub(crate) schedules: u32,
    /// How many accounts each schedule begins with.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(4..=400))]
    pub(crate) accounts: u32,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (layout, note, report) = own(STACK, |layout, prerequisites, stack| {
        Ok((layout.clone(), stack_note()?, arguments.fire.set(layout, prerequisites, stack)?))
    })?;
    if arguments.json {
        println!("{}", report.json()?);
    } else {
        println!("{}", report.text());
    }
    if arguments.record {
        section::write(&layout, "fire", &report.section(&note))?;
    }
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Fire {
    /// Brings a bank up that reaches DynamoDB through a proxy, and sets it on fire. The stack is left running.
    pub(crate) fn set(self, layout: &Layout, prerequisites: &Prerequisites, stack: &Path) -> Result<Report> {
        build(layout)?;
        let proxy_port = ports::choose(PROXY_PORT)?;
        let dynamodb_url = Some(format!("http://127.0.0.1:{proxy_port}"));
        BringUp { dynamodb_url, ..BringUp::new(layout, prerequisites, stack) }.run()?;
        let Self { operations, schedules, accounts, seed } = self;
        eprintln!(
            "  … {operations} operations over {schedules} schedules, {accounts} accounts each: --seed {seed}"
        );
        let mut fire = Command::new(layout.target().join("debug/fire"));
        fire.args(["--proxy-port", &proxy_port.to_string(), "--seed", &seed.to_string()]);
        fire.args(["--operations", &operations.to_string(), "--schedules", &schedules.to_string()]);
        fire.args(["--accounts", &accounts.to_string()]);
        fire.env("PASSBOOK_STACK", description::path(stack));
        let output = fire.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.context("the program that sets the bank on fire cannot be started")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&printed).with_context(|| format!("it ended without a report: {printed}"))
    }
}

/// The functions and, along with them, what sets them on fire: by itself it would need the same packages anew.
fn build(layout: &Layout) -> Result<()> {
    let mut cargo = layout.cargo();
    cargo.args(["build", "--package", "fire"]);
    build::select(layout, &mut cargo)?;
    anyhow::ensure!(cargo.status()?.success(), "the fire does not build: see above");
    Ok(())
}
