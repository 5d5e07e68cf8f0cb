//! `cargo xtask bench commands`: what a command costs, here and with other event stores, on a DynamoDB Local of its own.

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::{machine, on_dynamodb_local, output, section};
use crate::{layout::Layout, progress::step, tools::dynamodb_local};

const EXAMPLES: &str = "Examples:
  cargo xtask bench commands            all lengths: about seven minutes, and longer to build at first
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
    let note = note()?;
    let mut program = vec!["commands", "--note", &note];
    program.extend(quick.then_some("--quick"));
    program.extend(json.then_some("--json"));
    let (layout, measured) = on_dynamodb_local(&program)?;
    ensure!(!measured.is_empty(), "the benchmark has measured nothing");
    if quick || json {
        println!("{measured}");
        return Ok(());
    }
    section::write(&layout, "commands", &measured)?;
    step("reckon docs/COST.md by these units", || costs(&layout))
}

/// docs/COST.md takes over what DynamoDB asks for, and its test writes it.
fn costs(layout: &Layout) -> Result<()> {
    let mut cargo = layout.cargo();
    cargo.args(["test", "--quiet", "--package", "passbook", "cost::document"]);
    cargo.env("PASSBOOK_WRITE_COST", "1");
    output(&mut cargo).map(|_| ()).context("docs/COST.md could not be written")
}

fn note() -> Result<String> {
    Ok(format!(
        "**The run.** {}; DynamoDB Local {}, in memory; cqrs-es 0.5.0, dynamo-es 0.5.0, event-store-adapter-rs 5.2.0, \
         aws-sdk-dynamodb as in `bench/Cargo.lock`.",
        machine()?,
        dynamodb_local::VERSION,
    ))
}
