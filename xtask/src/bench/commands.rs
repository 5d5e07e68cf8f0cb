//! `cargo xtask bench commands`: what a command costs, here and with other event stores, on a DynamoDB Local of its own.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use super::{machine, output, section, servers};
use crate::{
    progress::step,
    stack::{ports, services},
    tools::dynamodb_local,
};

const EXAMPLES: &str = "Examples:
  cargo xtask bench commands            all lengths: about seven minutes, and four to build at first
  cargo xtask bench commands --quick    two lengths, on the standard output
  cargo xtask bench commands --quick --json";

/// Measure deposits and transfers, beside other event stores.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only two lengths and short windows; prints instead of writing.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of writing.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { quick, json } = *arguments;
    let measured = servers(|layout, prerequisites, stack| {
        let database = step("start DynamoDB Local", || {
            let database =
                services::dynamodb_local(layout, prerequisites, stack, ports::choose(ports::DYNAMODB)?)?;
            database.wait()?;
            Ok(database)
        })?;
        let mut bench = Command::new(env!("CARGO"));
        bench.current_dir(&layout.root);
        // Without what this program was started with: the other workspace has a lock file of its own.
        bench.args(["run", "--release", "--locked", "--manifest-path", "bench/Cargo.toml", "--target-dir"]);
        bench.arg(layout.target().join("bench")).args(["--", "--url", &database.url, "--note", &note()?]);
        bench.args(quick.then_some("--quick")).args(json.then_some("--json"));
        Ok((layout.clone(), output(&mut bench)?))
    })?;
    let (layout, measured) = measured;
    ensure!(!measured.is_empty(), "the benchmark has measured nothing");
    if quick || json {
        println!("{measured}");
        return Ok(());
    }
    section::write(&layout, "commands", &measured)
}

fn note() -> Result<String> {
    Ok(format!(
        "**The run.** {}; DynamoDB Local {}, in memory; cqrs-es 0.5.0, dynamo-es 0.5.0, event-store-adapter-rs 5.2.0, \
         aws-sdk-dynamodb as in `bench/Cargo.lock`.",
        machine()?,
        dynamodb_local::VERSION,
    ))
}
