//! `cargo xtask contract`: the API held against its document, by requests that nobody would think of.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Result, ensure};
use clap::Args;

use crate::{
    layout::Layout,
    openapi::document,
    prerequisites::{self, Prerequisites},
    process::output_of,
    progress::step,
    stack::{
        build,
        description::{self, Description},
    },
    tools::python::{SCHEMATHESIS, program},
};

const EXAMPLES: &str = "The bank of `cargo xtask up` has to run.

Examples:
  cargo xtask contract                      some thousands of requests: a few minutes
  cargo xtask contract --examples 400       tens of thousands
  cargo xtask contract --seed 4711          the same requests again";

/// How many requests of each kind an operation gets, if nothing else is said.
pub(crate) const EXAMPLES_DEFAULT: u32 = 50;

/// Who asks: an admin sees all operations.
const USER: &str = "admin";

/// Hold the running API against its OpenAPI document with generated requests, valid and invalid ones.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How many requests of each kind an operation gets at most.
    #[arg(long, default_value_t = EXAMPLES_DEFAULT)]
    examples: u32,
    /// Begin with this seed [default: by chance].
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let prerequisites = prerequisites::check()?;
    let stack = layout.stack("dev");
    ensure!(Description::read(&stack).is_some(), "no bank runs: `cargo xtask up` runs one");
    build::build(&layout)?;
    hold(&layout, &prerequisites, &stack, arguments.examples, arguments.seed)?;
    Ok(ExitCode::SUCCESS)
}

/// Holds the API of a stack that is up against the document.
pub(crate) fn hold(
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
    examples: u32,
    seed: Option<u64>,
) -> Result<()> {
    let schemathesis = step("bring in Schemathesis", || SCHEMATHESIS.install(layout, prerequisites))?;
    let mut run = program(&schemathesis, "schemathesis");
    run.current_dir(stack).arg("--config-file").arg(layout.root.join("tests/contract/schemathesis.toml"));
    run.arg("run").arg(document(layout)).args(["--url", &api_url(stack)?, "--checks", "all"]);
    run.args(["--max-examples", &examples.to_string(), "--report", "ndjson", "--report-dir"]);
    run.arg(stack.join("contract")).args(seed.map(|seed| format!("--seed={seed}")));
    run.env("PASSBOOK_TOKEN", token(layout, stack, USER)?);
    ensure!(run.status()?.success(), "the API is not as its document says: see above");
    Ok(())
}

/// Where the API of a stack is.
pub(crate) fn api_url(stack: &Path) -> Result<String> {
    let description = Description::read(stack);
    Ok(description.map(|description| description.api_url).unwrap_or_default())
}

/// A user's token for it.
pub(crate) fn token(layout: &Layout, stack: &Path, user: &str) -> Result<String> {
    let mut passbook = Command::new(build::command_line(layout));
    passbook.arg("--stack").arg(description::path(stack)).args(["token", "--user", user]);
    Ok(output_of(&mut passbook)?.trim().to_owned())
}
