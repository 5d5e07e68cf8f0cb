//! `cargo xtask bench`: measures, and writes docs/benchmarks.md, a section each.

mod all;
mod cold_start;
mod commands;
mod cpu;
mod crud;
mod formance;
mod illustrated;
mod lag;
mod plot;
mod rebuild;
pub(crate) mod section;
mod workloads;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};

use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    process::output_of,
    progress::step,
    stack::{
        bring_up::BringUp,
        build::{self, Built},
        description,
        own::own,
        ports, services,
    },
    tools,
};

/// The stack that only benchmarks use.
const STACK: &str = "bench";

/// Measure, and write docs/benchmarks.md.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    All(all::Arguments),
    ColdStart(cold_start::Arguments),
    Commands(commands::Arguments),
    Cpu(cpu::Arguments),
    Crud(crud::Arguments),
    Formance(formance::Arguments),
    Lag(lag::Arguments),
    Rebuild(rebuild::Arguments),
    Workloads(workloads::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.what {
        What::All(arguments) => return all::run(arguments),
        What::ColdStart(arguments) => cold_start::run(arguments)?,
        What::Commands(arguments) => commands::run(arguments)?,
        What::Cpu(arguments) => cpu::run(arguments)?,
        What::Crud(arguments) => crud::run(arguments)?,
        What::Formance(arguments) => formance::run(arguments)?,
        What::Lag(arguments) => lag::run(arguments)?,
        What::Rebuild(arguments) => rebuild::run(arguments)?,
        What::Workloads(arguments) => workloads::run(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what needs servers of its own.
fn servers<T>(work: impl FnOnce(&Layout, &Prerequisites, &Path) -> Result<T>) -> Result<T> {
    own(STACK, work)
}

/// What the program in `bench` prints on a DynamoDB Local of its own.
fn on_dynamodb_local(arguments: &[&str]) -> Result<(Layout, String)> {
    servers(|layout, prerequisites, stack| {
        let database = step("start DynamoDB Local", || {
            let database =
                services::dynamodb_local(layout, prerequisites, stack, ports::choose(ports::DYNAMODB)?)?;
            database.wait()?;
            Ok(database)
        })?;
        let mut bench = other_workspace(layout, "run", "bench");
        bench.args(["--", "--url", &database.url]).args(arguments);
        Ok((layout.clone(), output(&mut bench)?))
    })
}

/// Builds or runs a program that has a workspace of its own, with the lock file that is there; all have one target folder.
fn other_workspace(layout: &Layout, verb: &str, folder: &str) -> Command {
    let mut cargo = layout.cargo();
    cargo.args([verb, "--release", "--locked", "--manifest-path"]);
    cargo.arg(format!("{folder}/Cargo.toml")).arg("--target-dir").arg(bench_target(layout));
    cargo
}

fn bench_target(layout: &Layout) -> PathBuf {
    layout.target().join("bench")
}

/// What one of the programs in `tests` prints on a stack of its own, without accounts.
fn on_a_stack(arguments: &[&str], (name, value): (&str, String)) -> Result<(Layout, String)> {
    servers(|layout, prerequisites, stack| {
        bring_up(layout, prerequisites, stack, Built::Debug)?;
        let mut cargo = layout.cargo();
        cargo.arg("test");
        build::select(layout, &mut cargo)?;
        cargo.args(arguments);
        cargo.env("PASSBOOK_STACK", description::path(stack)).env(name, value);
        Ok((layout.clone(), output(&mut cargo)?))
    })
}

/// Brings up a stack without accounts.
fn bring_up(layout: &Layout, prerequisites: &Prerequisites, stack: &Path, built: Built) -> Result<()> {
    BringUp { built, ..BringUp::new(layout, prerequisites, stack) }.run().map(|_| ())
}

/// What a command prints, while what it says of its progress is shown.
fn output(command: &mut Command) -> Result<String> {
    let command = command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cargo cannot be started")?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "the benchmark failed:\n{printed}");
    Ok(printed)
}

/// The date, the machine and the compiler, for whoever compares.
fn machine() -> Result<String> {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split(':').nth(1).unwrap_or("unknown").trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = output_of(Command::new("rustc").arg("--version"))?;
    let date = output_of(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    Ok(format!(
        "{}; {cores} cores ({}), {}; {}",
        date.trim(),
        field(&read("/proc/cpuinfo"), "model name"),
        field(&read("/proc/meminfo"), "MemTotal"),
        rustc.trim(),
    ))
}

/// How many programs want a processor, on average of a minute.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}

/// The same of a run on the local stack that is about to begin, and what else the machine has to do.
pub(crate) fn stack_note() -> Result<String> {
    Ok(format!(
        "**The run.** {}, load average before it {}; the local stack (ministack {}, OpenSearch {}), its functions built \
         without optimizations.",
        machine()?,
        load(),
        tools::python::MINISTACK.version(),
        tools::opensearch::VERSION,
    ))
}
