//! `cargo xtask scale`: how far the design goes, simulated; writes the figures of docs/SCALE.md and its picture.

use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::{bench::section, layout::Layout};

const EXAMPLES: &str = "Examples:
  cargo xtask scale            simulate everything: a minute; docs/SCALE.md and docs/scale.svg have it then
  cargo xtask scale --print    on the standard output";

/// Simulate queues and conflicts at rates of commands, and write docs/SCALE.md.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Print the tables instead of writing.
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let mut cargo = layout.cargo();
    cargo.args(["run", "--profile", "simulation", "--package", "scale"]);
    let output = cargo.stderr(Stdio::inherit()).output().context("cargo cannot be started")?;
    ensure!(output.status.success(), "the simulation failed");
    let report: Value = serde_json::from_slice(&output.stdout).context("no report")?;
    let sections = report["sections"].as_object().context("no sections")?;
    for (name, text) in sections {
        let text = text.as_str().context("no text")?;
        if arguments.print {
            println!("{text}");
        } else {
            section::write_in(&layout, "docs/SCALE.md", name, text)?;
        }
    }
    if !arguments.print {
        let picture = report["picture"].as_str().context("no picture")?;
        std::fs::write(layout.root.join("docs/scale.svg"), picture)?;
    }
    Ok(ExitCode::SUCCESS)
}
