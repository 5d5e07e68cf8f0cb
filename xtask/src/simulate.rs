//! `cargo xtask simulate`: the bank in a simulated world, seed by seed.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::layout::Layout;

const EXAMPLES: &str = "The first time it is built for it, with optimizations, which takes a minute or two.

Examples:
  cargo xtask simulate                             100,000 seeds of each side
  cargo xtask simulate --side read --seeds 1000    some of one side
  cargo xtask simulate --seeds 10000000            a night's work
  cargo xtask simulate --from 100000               other seeds than `cargo xtask test` runs
  cargo xtask simulate --side write --seed 4711    one seed, the same way as ever, step by step";

/// How many seeds a run has, if nothing else is said.
pub(crate) const SEEDS: u64 = 100_000;

/// A side of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// Commands, and what they append.
    Write,
    /// Projections, and what they keep.
    Read,
}

impl Side {
    pub(crate) const ALL: [Self; 2] = [Self::Write, Self::Read];

    fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

/// Run the bank in simulated worlds, where networks and functions fail, and check what comes of it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which side [default: both].
    #[arg(long)]
    side: Option<Side>,
    /// How many seeds.
    #[arg(long, default_value_t = SEEDS)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only this one.
    #[arg(long, conflicts_with_all = ["seeds", "from"], requires = "side")]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (first, count) = arguments.seed.map_or((arguments.from, arguments.seeds), |seed| (seed, 1));
    let (layout, mut are_right) = (Layout::find()?, true);
    for side in Side::ALL.into_iter().filter(|side| arguments.side.is_none_or(|asked| asked == *side)) {
        are_right &= simulate(&layout, side, first, count)?;
    }
    Ok(if are_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether so many seeds are right. They run with optimizations, and with every check of arithmetic.
pub(crate) fn simulate(layout: &Layout, side: Side, first: u64, count: u64) -> Result<bool> {
    let mut cargo = layout.cargo();
    cargo.args(["run", "--profile", "simulation", "--package", "simulation", "--", side.name()]);
    let status = cargo.args([first.to_string(), count.to_string()]).status();
    Ok(status.context("cargo cannot be started")?.success())
}
