//! `cargo xtask package`: the functions as they go to AWS, where the template looks for them.

mod binary;

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use self::binary::Binary;
use crate::{
    layout::Layout,
    prerequisites,
    process::output_of,
    progress::step,
    stack::{build, deploy::lambda_architecture},
    tools::python::{CARGO_LAMBDA, program},
};

const EXAMPLES: &str = "Examples:
  cargo xtask package                            all functions for arm64, in target/lambda
  cargo xtask package --arch x86_64              for a local stack on such a machine
  cargo xtask package --function command-api     one of them
  cargo xtask package --json | jq '.[] | [.function, .zip_bytes]'
  sam deploy                                     what to do next: see README.md, \"To AWS\"";

/// The budget of each function's zip, in kilobytes: what was measured for arm64 on 2026-11-27, and about 15 % more. A cold
/// start reads all of it.
const BUDGETS_KB: [(&str, u64); 10] = [
    ("admin-api", 6_100),
    ("analytics-compactor", 5_500),
    ("analytics-projector", 4_800),
    ("command-api", 5_300),
    ("history-projector", 4_700),
    ("monitor", 4_800),
    ("query-api", 6_300),
    ("rebuild-worker", 5_100),
    ("relay", 4_500),
    ("summary-projector", 4_500),
];

/// For `x86_64`, in percent of these: its instructions are longer.
const X86_64_PERCENT: u64 = 115;

/// Build the functions for AWS, and weigh them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The processor that they are for.
    #[arg(long, value_enum, default_value_t = Architecture::Arm64)]
    arch: Architecture,
    /// Only this function; may be repeated.
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// Answer in JSON, on the standard output.
    #[arg(long)]
    json: bool,
}

/// A processor that Lambda has, by the template's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// Graviton.
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86_64,
}

/// A function that was built.
#[derive(Serialize)]
struct Packaged {
    function: String,
    binary_bytes: u64,
    zip_bytes: u64,
    budget_bytes: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let all = build::functions(&layout)?;
    for function in &arguments.functions {
        ensure!(all.contains(function), "there is no function {function}: there are {}", all.join(", "));
    }
    let functions = if arguments.functions.is_empty() { all } else { arguments.functions.clone() };
    compile(&layout, arguments.arch, &functions)?;
    let packaged: Vec<Packaged> = functions
        .into_iter()
        .map(|function| weigh(&layout, arguments.arch, function))
        .collect::<Result<_>>()?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&packaged)?);
    } else {
        print(&packaged);
    }
    let heavy: Vec<&str> =
        packaged.iter().filter(|one| !one.is_within()).map(|one| one.function.as_str()).collect();
    ensure!(
        heavy.is_empty(),
        "too large: {}. `cargo bloat --release --crates -p NAME` says of what; if it is worth it, raise the budget in \
         xtask/src/package",
        heavy.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

/// Builds packages as they go to AWS.
pub(crate) fn compile(layout: &Layout, architecture: Architecture, functions: &[String]) -> Result<()> {
    let python = prerequisites::python()?;
    let bin = step("bring in cargo-lambda and a cross linker", || {
        output_of(
            Command::new("rustup").args(["target", "add", architecture.target()]).current_dir(&layout.root),
        )
        .context("rustup cannot add the processor's target")?;
        CARGO_LAMBDA.install_with(layout, &python)
    })?;
    let mut cargo = program(&bin, "cargo-lambda");
    // It finds the linker beside itself.
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    cargo.current_dir(&layout.root).env("PATH", path).args([
        "lambda",
        "build",
        "--release",
        architecture.flag(),
    ]);
    for function in functions {
        cargo.args(["--package", function]);
    }
    ensure!(cargo.status()?.success(), "the functions do not build: see above");
    Ok(())
}

fn weigh(layout: &Layout, architecture: Architecture, function: String) -> Result<Packaged> {
    let bootstrap = bootstrap(layout, &function);
    let binary = Binary::read(&bootstrap)?;
    binary.check(architecture).with_context(|| format!("{} does not run on Lambda", bootstrap.display()))?;
    build::mark(&layout.root.join("target/lambda").join(&function))?;
    let budget = BUDGETS_KB.iter().find(|(name, _)| *name == function);
    let budget =
        budget.with_context(|| format!("{function} has no budget: give it one in xtask/src/package"))?;
    Ok(Packaged {
        binary_bytes: binary.bytes(),
        zip_bytes: binary.zipped()?,
        budget_bytes: budget.1 * 10 * architecture.budget_percent(),
        function,
    })
}

/// Where cargo-lambda leaves a function, and the template has its code.
pub(crate) fn bootstrap(layout: &Layout, function: &str) -> PathBuf {
    layout.root.join("target/lambda").join(function).join("bootstrap")
}

fn print(packaged: &[Packaged]) {
    println!("{:<22} {:>9} {:>9} {:>9}", "function", "binary kB", "zip kB", "budget kB");
    for one in packaged {
        let Packaged { function, binary_bytes, zip_bytes, budget_bytes } = one;
        let verdict = if one.is_within() { "" } else { "  TOO LARGE" };
        let [binary, zip, budget] = [binary_bytes, zip_bytes, budget_bytes].map(|bytes| bytes / 1_000);
        println!("{function:<22} {binary:>9} {zip:>9} {budget:>9}{verdict}");
    }
}

impl Packaged {
    fn is_within(&self) -> bool {
        self.zip_bytes <= self.budget_bytes
    }
}

impl Architecture {
    fn budget_percent(self) -> u64 {
        match self {
            Self::Arm64 => 100,
            Self::X86_64 => X86_64_PERCENT,
        }
    }

    /// This machine's.
    pub(crate) fn here() -> Result<Self> {
        Self::from_str(lambda_architecture()?, false).map_err(anyhow::Error::msg)
    }

    fn flag(self) -> &'static str {
        match self {
            Self::Arm64 => "--arm64",
            Self::X86_64 => "--x86-64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }
}
