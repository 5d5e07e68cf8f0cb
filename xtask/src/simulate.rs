//! `cargo xtask simulate`: the command side in a simulated world, seed by seed.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use crate::layout::Layout;

const EXAMPLES: &str = "The first time it is built for it, with optimizations, which takes some minutes.

Examples:
  cargo xtask simulate                       100,000 seeds: a minute or two on two cores
  cargo xtask simulate --seeds 10000000      a night's work
  cargo xtask simulate --from 100000         other seeds than `cargo xtask test` runs
  cargo xtask simulate --seed 4711           one seed, the same way as ever";

/// How many seeds a run has, if nothing else is said.
pub(crate) const SEEDS: u64 = 100_000;

/// Run the command side in simulated worlds, where networks and functions fail, and check what comes of it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = SEEDS)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this one.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (first, count) = arguments.seed.map_or((arguments.from, arguments.seeds), |seed| (seed, 1));
    let is_right = simulate(&Layout::find()?, first, count)?;
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether so many seeds are right. They run with optimizations, and with every check of arithmetic.
pub(crate) fn simulate(layout: &Layout, first: u64, count: u64) -> Result<bool> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&layout.root);
    cargo.args(["run", "--profile", "simulation", "--package", "testing", "--bin", "simulate", "--"]);
    let status = cargo.args([first.to_string(), count.to_string()]).status();
    Ok(status.context("cargo cannot be started")?.success())
}
