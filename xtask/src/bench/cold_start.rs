//! `cargo xtask bench cold-start`: how long each function takes, as it is packaged, from the start of its process until
//! its first poll and its first answer.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Deserialize;

use super::{bring_up, load, machine, output, section, servers};
use crate::{
    package::{self, Architecture},
    stack::{
        build::{self, Built},
        description,
    },
    tools,
};

const EXAMPLES: &str = "Examples:
  cargo xtask bench cold-start            30 starts of each function: two minutes, and a quarter of an hour to build at first
  cargo xtask bench cold-start --quick    5 starts of each, on the standard output";

const STARTS: u32 = 30;
const STARTS_QUICK: u32 = 5;

/// What the functions are compared with, and built along with: `tests/cold-start/bare`.
const BARE: &str = "bare";

/// How much longer than the bare function's the way to the first poll may be.
const RATIO_MAX: f64 = 1.5;

/// Measure the start of each function until its first poll and its first answer, beside a bare one's.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only 5 starts of each function; prints instead of writing.
    #[arg(long)]
    quick: bool,
}

/// What `tests/cold-start` prints.
#[derive(Deserialize)]
struct Report {
    starts: u32,
    functions: Vec<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    bytes: u64,
    polled: Percentiles,
    answered: Percentiles,
    polled_processor: Percentiles,
    answered_processor: Percentiles,
    parts: Vec<(String, Percentiles)>,
}

#[derive(Deserialize)]
struct Percentiles {
    p50_ms: f64,
    p99_ms: f64,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let starts = if arguments.quick { STARTS_QUICK } else { STARTS };
    let (layout, functions, note, printed) = servers(|layout, prerequisites, stack| {
        let functions = build::functions(layout)?;
        let packages: Vec<String> = functions.iter().cloned().chain([BARE.to_owned()]).collect();
        package::compile(layout, Architecture::here()?, &packages)?;
        bring_up(layout, prerequisites, stack, Built::Packaged)?;
        let note = note()?;
        let mut cargo = layout.cargo();
        cargo.args(["test", "--package", "cold-start", "--bench", "cold-start"]);
        cargo.env("PASSBOOK_STACK", description::path(stack)).env("PASSBOOK_STARTS", starts.to_string());
        cargo.env("PASSBOOK_PACKAGED", layout.root.join("target/lambda"));
        Ok((layout.clone(), functions, note, output(&mut cargo)?))
    })?;
    let report: Report = serde_json::from_str(&printed).with_context(|| format!("no report: {printed}"))?;
    for function in functions {
        ensure!(
            report.functions.iter().any(|measured| measured.name == function),
            "{function} was not measured: give it an event in tests/cold-start"
        );
    }
    let text = markdown(&report, &note)?;
    if arguments.quick {
        println!("{text}");
        return Ok(());
    }
    section::write(&layout, "cold-start", &text)
}

fn note() -> Result<String> {
    Ok(format!(
        "**The run.** {}, load average before it {}; the local stack (ministack {}, OpenSearch {}), functions as `cargo \
         xtask package` builds them.",
        machine()?,
        load(),
        tools::python::MINISTACK.version(),
        tools::opensearch::VERSION,
    ))
}

fn markdown(report: &Report, note: &str) -> Result<String> {
    let bare = report.functions.iter().find(|function| function.name == BARE);
    let bare = bare.context("the bare function was not measured")?;
    let mut text = preface(report.starts, note);
    for function in &report.functions {
        let _ = writeln!(text, "{}", row(function, bare));
    }
    text.push_str(
        "\n### Where the time to the first poll goes\n\nMedian milliseconds, by the function's own clock, which \
         begins in `main`; *around* is what is left of the whole: both processes' way to `main`, the supervisor, the \
         runtime's connection. Only functions of the API have routes.\n\n\
         | function | telemetry | configuration | clients | routes | around |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for function in report.functions.iter().filter(|function| !function.parts.is_empty()) {
        let part = |name: &str| {
            let part = function.parts.iter().find(|(part, _)| part == name);
            part.map_or_else(|| "–".to_owned(), |(_, took)| format!("{:.2}", took.p50_ms))
        };
        let parts = ["telemetry", "config", "clients", "routes", "around"].map(part).join(" | ");
        let _ = writeln!(text, "| {} | {parts} |", function.name);
    }
    let poll_ratio = |function: &Function| function.polled.p50_ms / bare.polled.p50_ms;
    let over: Vec<_> = report.functions.iter().filter(|function| poll_ratio(function) > RATIO_MAX).collect();
    let over: Vec<&str> = over.iter().map(|function| function.name.as_str()).collect();
    let verdict = if over.is_empty() { "none".to_owned() } else { over.join(", ") };
    let _ =
        writeln!(text, "\nMore than {RATIO_MAX} times as long as the bare one to the first poll: {verdict}.");
    Ok(text)
}

fn preface(starts: u32, note: &str) -> String {
    format!(
        "## How long a function takes to start\n\n\
         From the start of the process until it asks for its first event, and until it has answered it: {starts} \
         starts of each function, which take turns. `cargo xtask bench cold-start` measures this and writes this \
         section.\n\n\
         **How to read it.** The programs are those that go to AWS, built for this machine. Each is started by the \
         measuring program, which is a stand-in of Lambda's Runtime API to it; all else is real: the stack's tables, \
         queues, bucket and search, the environment that the template gives the function, and a recorded event (a \
         deposit, two queries, a record of the stream, a message of each queue, a schedule) that it has to answer with \
         success. `bare` is what a function at least is: `lambda_runtime` and a DynamoDB client of `aws-config`, \
         built along with the others; its first answer is one read of an item. The roots of TLS are read from one file \
         (`SSL_CERT_FILE`), as Lambda's system has them. The page cache is warm: what Lambda \
         adds (a virtual machine, the code's way into it) is the same for all of one size and is not in here. An \
         answer includes the local AWS, one Python process on the same processors; compare rows, and nothing is \
         claimed of AWS. Processor time is what the kernel counts for all threads of the process, and of the worker \
         of those with a supervisor (`docs/adr/0008`); it depends less on what else the machine does. The 99th \
         percentile of {starts} is the longest.\n\n\
         {note}\n\n\
         | function | binary kB | first poll: p50 ms | p99 | to bare | processor ms | to bare | first answer: p50 ms | \
         p99 | to bare | processor ms |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    )
}

fn row(function: &Function, bare: &Function) -> String {
    let Function { name, bytes, polled, answered, polled_processor, answered_processor, .. } = function;
    let ratio = |of: &Percentiles, to: &Percentiles| of.p50_ms / to.p50_ms;
    format!(
        "| {name} | {} | {:.1} | {:.1} | {:.2} | {:.1} | {:.2} | {:.1} | {:.1} | {:.2} | {:.1} |",
        bytes / 1_000,
        polled.p50_ms,
        polled.p99_ms,
        ratio(polled, &bare.polled),
        polled_processor.p50_ms,
        ratio(polled_processor, &bare.polled_processor),
        answered.p50_ms,
        answered.p99_ms,
        ratio(answered, &bare.answered),
        answered_processor.p50_ms,
    )
}
