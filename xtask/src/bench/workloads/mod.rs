//! `cargo xtask bench workloads`: our event store under the workloads of an open benchmark, by its names.

mod plot;
mod report;

use anyhow::Result;
use clap::Args;

use super::{illustrated::Illustrated, load, machine, on_dynamodb_local};
use crate::tools::dynamodb_local;
use report::Report;

const EXAMPLES: &str = "Examples:
  cargo xtask bench workloads               five seconds each: about four minutes, and four to build at first
  cargo xtask bench workloads --quick       half a second each, over fewer streams, on the standard output: a minute
  cargo xtask bench workloads --seconds 60  as long as theirs
  cargo xtask bench workloads --again       write the section anew from the figures of the last whole run";

const SECTION: Illustrated<Report> =
    Illustrated { name: "workloads", markdown: report::markdown, svg: plot::svg };

/// Measure the event store under the workloads of pyeventsourcing/eventstore-benchmarks.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// How long each workload is measured.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Only the ends of each sweep, fewer streams and short windows; prints instead of writing.
    #[arg(long, conflicts_with = "seconds")]
    quick: bool,
    /// Measure nothing: write the section from the figures that the last whole run has left.
    #[arg(long, conflicts_with_all = ["quick", "seconds"])]
    again: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.again {
        return SECTION.again();
    }
    let (note, seconds) = (note()?, arguments.seconds.to_string());
    let mut program = vec!["workloads", "--seconds", &seconds];
    program.extend(arguments.quick.then_some("--quick"));
    let (layout, printed) = on_dynamodb_local(&program)?;
    SECTION.finish(&layout, arguments.quick, &printed, &note)
}

fn note() -> Result<String> {
    Ok(format!(
        "**The run.** {}, load average before it {}; DynamoDB Local {}, in memory; aws-sdk-dynamodb as in \
         `bench/Cargo.lock`.",
        machine()?,
        load(),
        dynamodb_local::VERSION,
    ))
}
