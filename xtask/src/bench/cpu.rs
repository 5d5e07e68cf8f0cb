//! `cargo xtask bench cpu`: what a request and a record take of a processor, in instructions, which repeat themselves, and
//! in time, which does not.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use super::{load, machine, output, section};
use crate::{layout::Layout, prerequisites::Lacking};

const EXAMPLES: &str = "Examples:
  cargo xtask bench cpu            count and time everything: a minute, and three to build at first
  cargo xtask bench cpu --quick    count alone, on the standard output";

const PACKAGE: &str = "processor";

/// With the code of what goes to AWS, and the names of functions left in.
const PROFILE: &str = "measured";

/// The function of the program whose instructions count: not what it prepares before.
const COUNTED: &str = "processor::measured*";

/// How often each is done under the counter, which takes fifty times as long.
const COUNT: u32 = 2_000;

/// How often by the clock, and in how many runs: the quickest was disturbed least.
const TIMED: u32 = 10_000;
const RUNS: u32 = 9;

/// Two counts of the same differ by the chance that hash tables are made with, if at all.
const DIFFERENCE_MAX: f64 = 0.02;

/// What is measured: its name to the program and to people, and the most instructions that one may take: a quarter above
/// what it took when that was said. Nothing else than a change of the code or of the compiler moves it.
const MEASURED: [(&str, &str, f64); 6] = [
    ("deposit", "a deposit", 250_000.0),
    ("transfer", "a transfer", 490_000.0),
    ("account", "a query of an account", 70_000.0),
    ("summary", "a commit to `summary-projector`", 47_000.0),
    ("relay", "a commit to `relay`", 94_000.0),
    ("history", "a commit to `history-projector`", 103_000.0),
];

/// Count what handlers and projectors take of a processor.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only count; prints instead of writing.
    #[arg(long)]
    quick: bool,
}

struct Row {
    what: &'static str,
    instructions: f64,
    microseconds: Option<f64>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let lacking = || Lacking("this machine lacks Valgrind (Debian: `apt-get install valgrind`)".to_owned());
    Command::new("valgrind").arg("--version").output().with_context(lacking)?;
    let (layout, note) = (Layout::find()?, format!("{}, load average before it {}", machine()?, load()));
    let program = build(&layout)?;
    let mut rows = Vec::new();
    for (name, what, most) in MEASURED {
        let instructions = count(&program, name)?;
        eprintln!("  ✓ {what}: {instructions:.0} instructions");
        ensure!(
            instructions <= most,
            "{what} takes {instructions:.0} instructions; {most:.0} are its budget"
        );
        let microseconds = if arguments.quick { None } else { Some(time(&program, name)?) };
        rows.push(Row { what, instructions, microseconds });
    }
    let text = markdown(&rows, &note);
    if arguments.quick {
        println!("{text}");
        return Ok(());
    }
    section::write(&layout, "cpu", &text)
}

fn build(layout: &Layout) -> Result<PathBuf> {
    let mut cargo = layout.cargo();
    cargo.args(["build", "--profile", PROFILE, "--package", PACKAGE]);
    ensure!(cargo.status().context("cargo cannot be started")?.success(), "it cannot be built");
    Ok(layout.target().join(PROFILE).join(PACKAGE))
}

/// Instructions of one, twice the same.
fn count(program: &Path, name: &str) -> Result<f64> {
    let (one, two) = (counted(program, name)?, counted(program, name)?);
    let difference = (one - two).abs() / one.max(1.0);
    ensure!(difference <= DIFFERENCE_MAX, "{name}: {one:.0} instructions, then {two:.0}");
    Ok(one.min(two))
}

fn counted(program: &Path, name: &str) -> Result<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(format!("--toggle-collect={COUNTED}")).arg(program).arg(name).arg(COUNT.to_string());
    let counted = valgrind.stdin(Stdio::null()).output().context("Valgrind cannot be started")?;
    let said = String::from_utf8_lossy(&counted.stderr);
    ensure!(counted.status.success(), "{name} cannot be counted:\n{said}");
    match collected(&said) {
        Some(all) if all > 0.0 => Ok(all / f64::from(COUNT)),
        _ => bail!("{name}: nothing was counted:\n{said}"),
    }
}

/// All instructions, from the line in which callgrind says them: `==4711== Collected : 395051627`.
fn collected(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Microseconds of one, at the best.
fn time(program: &Path, name: &str) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let printed = output(Command::new(program).arg(name).arg(TIMED.to_string()))?;
        let nanoseconds: f64 = printed.trim().parse().with_context(|| format!("no time: {printed}"))?;
        best = best.min(nanoseconds / 1_000.0 / f64::from(TIMED));
    }
    Ok(best)
}

fn markdown(rows: &[Row], note: &str) -> String {
    let mut text = format!(
        "## What a request takes of a processor\n\n\
         The routers of `command-api` and `query-api` and the projectors, on one thread, over stores in memory: real \
         requests and answers as JSON, a hundred accounts that take turns, batches of a hundred commits, each of another \
         account. `cargo xtask bench cpu` counts and times this (`tests/processor`) and writes this section; it fails if \
         one of them takes a quarter more instructions than it did when its budget was written, or if two counts differ.\n\n\
         **How to read it.** Instructions are counted by Valgrind ({COUNT} of each) and are the same each time, to a percent; \
         they compare builds, on any machine. The time is a processor's, of the quickest of {RUNS} runs of {TIMED}: what a core \
         of this machine does if nobody else wants it. Optimized as what goes to AWS (`profile.measured`). \
         Valgrind's processor has no instructions for SHA-256, which then is nearly a third of a deposit; the functions' \
         has. Not in it: the AWS SDK with its signatures and TLS, Lambda's events, logs, the supervisor, and Parquet. So \
         this is what the ledger itself takes, and not what a function is billed for.\n\n\
         **The run.** {note}; stores in memory.\n\n\
         | what | instructions | µs | a second, one core |\n\
         |---|---:|---:|---:|\n"
    );
    for Row { what, instructions, microseconds } in rows {
        let (time, rate) = microseconds.map_or(("–".to_owned(), "–".to_owned()), |time| {
            (format!("{time:.1}"), format!("{:.0}", 1_000_000.0 / time))
        });
        let _ = writeln!(text, "| {what} | {instructions:.0} | {time} | {rate} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let said =
            "==7== Events    : Ir\n==7== Collected : 395051627\n==7== \n==7== I   refs:      395,051,627\n";
        assert_eq!(collected(said), Some(395_051_627.0));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn a_row_without_a_time_has_no_rate_either() {
        let row = Row { what: "a deposit", instructions: 197_526.0, microseconds: None };
        let timed = Row { microseconds: Some(16.0), ..row };
        let row = Row { what: "a deposit", instructions: 197_526.0, microseconds: None };
        let text = markdown(&[row, timed], "here");
        assert!(
            text.contains("| a deposit | 197526 | – | – |\n| a deposit | 197526 | 16.0 | 62500 |\n"),
            "{text}"
        );
    }
}
