//! `cargo xtask bench`: what a command costs, here and with other event stores, on a DynamoDB Local of its own.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::{
    layout::Layout,
    prerequisites,
    process::output_of,
    progress::step,
    stack::{ports, processes::Processes, services, up::stop_on_interrupt},
};

const EXAMPLES: &str = "Examples:
  cargo xtask bench commands            all lengths: about seven minutes, and four to build at first
  cargo xtask bench commands --quick    two lengths, on the standard output
  cargo xtask bench commands --quick --json";

/// The server that only benchmarks use.
const STACK: &str = "bench";

/// Measure, beside others.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Commands(Commands),
}

/// Measure deposits and transfers, and write docs/benchmarks.md.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
struct Commands {
    /// Only two lengths and short windows; prints instead of writing.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of writing.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let What::Commands(commands) = &arguments.what;
    let (layout, prerequisites) = (Layout::find()?, prerequisites::check()?);
    let stack = layout.stack(STACK);
    Processes::of(&stack).stop()?;
    std::fs::create_dir_all(stack.join("logs"))?;
    stop_on_interrupt(&stack)?;
    let database = step("start DynamoDB Local", || {
        let database = services::dynamodb_local(&layout, &prerequisites, &stack, ports::choose(8000)?)?;
        database.wait()?;
        Ok(database)
    })?;
    let mut bench = Command::new(env!("CARGO"));
    bench.current_dir(&layout.root);
    // Without what this program was started with: the other workspace has a lock file of its own.
    bench.args(["run", "--release", "--locked", "--manifest-path", "bench/Cargo.toml", "--target-dir"]);
    bench.arg(layout.target().join("bench")).args(["--", "--url", &database.url, "--note", &note()?]);
    match commands {
        Commands { quick: false, json: false } => bench.args(["--out", "docs/benchmarks.md"]),
        Commands { quick, json } => bench.args(quick.then_some("--quick")).args(json.then_some("--json")),
    };
    let status = bench.status().context("cargo cannot be started")?;
    Processes::of(&stack).stop()?;
    ensure!(status.success(), "the benchmark failed");
    Ok(ExitCode::SUCCESS)
}

/// The machine and the versions, for whoever compares.
fn note() -> Result<String> {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split(':').nth(1).unwrap_or("unknown").trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = output_of(Command::new("rustc").arg("--version"))?;
    let date = output_of(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!(
        "**The run.** {}; {cores} cores ({}), {}; DynamoDB Local {}, in memory; {}; cqrs-es 0.5.0, dynamo-es 0.5.0, \
         event-store-adapter-rs 5.2.0, aws-sdk-dynamodb as in `bench/Cargo.lock`.",
        date.trim(),
        field(&read("/proc/cpuinfo"), "model name"),
        field(&read("/proc/meminfo"), "MemTotal"),
        crate::tools::dynamodb_local::VERSION,
        rustc.trim(),
    ))
}
