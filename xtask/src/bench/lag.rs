//! `cargo xtask bench lag`: how far read models and feed are behind at a steady load.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

use super::{on_a_stack, section, stack_note};

const EXAMPLES: &str = "Examples:
  cargo xtask bench lag            three runs of 30 seconds each: about three minutes
  cargo xtask bench lag --quick    5 seconds each, on the standard output";

const SECONDS: u32 = 30;
const SECONDS_QUICK: u32 = 5;

/// Measure how far the read models are behind at 50 and 100 commands a second, through the gateway and past it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only 5 seconds of each run; prints instead of writing.
    #[arg(long)]
    quick: bool,
}

/// What `tests/lag` prints.
#[derive(Deserialize)]
struct Report {
    seconds: u32,
    warm_up_seconds: u32,
    accounts: u32,
    samples_a_second: u32,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    /// How commands came in.
    way: String,
    rate: u32,
    achieved_per_second: f64,
    failed: u32,
    command: Figures,
    row: Figures,
    history: Figures,
    feed: Figures,
}

#[derive(Deserialize)]
struct Figures {
    samples: u32,
    never: u32,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let seconds = if arguments.quick { SECONDS_QUICK } else { SECONDS };
    let setting = ("PASSBOOK_LAG_SECONDS", seconds.to_string());
    let note = stack_note()?;
    let (layout, printed) = on_a_stack(&["--package", "lag", "--bench", "lag"], setting)?;
    let report = serde_json::from_str(&printed).with_context(|| format!("no report: {printed}"))?;
    let text = markdown(&report, &note);
    if arguments.quick {
        println!("{text}");
        return Ok(());
    }
    section::write(&layout, "lag", &text)
}

fn markdown(report: &Report, note: &str) -> String {
    let Report { seconds, warm_up_seconds, accounts, samples_a_second, runs } = report;
    let mut text = format!(
        "## How far behind the read models are\n\n\
         Deposits at a steady rate over {accounts} accounts, each sent when it is due whether the ones before are \
         answered or not, {seconds} s of each run after {warm_up_seconds} s to warm up. From the answer of a command \
         until a client sees it: in the account's row, read without `min_version`; in the history, asked for the \
         transaction by its id; in the feed. Every command is looked for in the feed, {samples_a_second} a second in \
         row and history. `cargo xtask bench lag` measures this and writes this section.\n\n\
         **Which way commands go in.** *Through the gateway* is a client's way: over HTTP to the stack's API Gateway, \
         which checks the token and starts `command-api`. *Past the gateway* they are given to the same router that \
         `command-api` runs, within the measuring program and over the stack's own tables, because the local gateway \
         does not take every rate (see what was achieved). All that comes after the commit is the deployed stack either way: \
         stream, relay, queues, projectors, OpenSearch; and what is looked at is always asked for through the \
         gateway.\n\n\
         **How to read it.** The time of the query that sees it is in each figure, and so is the pause between two \
         looks: 5 ms for the row, 20 ms for the feed, 200 ms for the history, or a tenth of what was waited already; \
         one look of each kind at a time, so that looking is a small part of the load. \
         OpenSearch shows what is new once a second, whatever the load. A command is timed from when it was due. All \
         of it, the clients too, shares the processors with a local AWS that is one Python process: where the \
         achieved rate is below the wanted one, commands wait for each other and the \
         lag is that of a stack with more to do than it can. A load average above the number of cores means that \
         others had the machine too. Nothing is claimed of AWS.\n\n\
         {note}\n\n\
         | commands | a second, wanted | achieved | what | samples | p50 ms | p99 ms | max ms |\n\
         |---|---:|---:|---|---:|---:|---:|---:|\n"
    );
    for run in runs {
        let Run { way, rate, achieved_per_second, command, row, history, feed, .. } = run;
        let parts = [("answer", command), ("row", row), ("history", history), ("feed", feed)];
        for (what, Figures { samples, p50_ms, p99_ms, max_ms, .. }) in parts {
            let _ = writeln!(
                text,
                "| {way} | {rate} | {achieved_per_second:.1} | {what} | {samples} | {p50_ms:.0} | {p99_ms:.0} | {max_ms:.0} |"
            );
        }
    }
    for Run { way, rate, failed, row, history, feed, .. } in runs {
        let never = row.never + history.never + feed.never;
        if failed + never > 0 {
            let _ = writeln!(
                text,
                "\nAt {rate} {way}: {failed} commands had no effect, {never} looks were given up after a minute."
            );
        }
    }
    text
}
