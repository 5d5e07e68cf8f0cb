//! `cargo xtask bench rebuild`: how long it takes to make both read models anew while clients write and read.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use clap::Args;

use super::{on_a_stack, section, stack_note};

const EXAMPLES: &str = "Examples:
  cargo xtask bench rebuild                  100,000 events; most of the time goes into importing them
  cargo xtask bench rebuild --quick          2,000, on the standard output
  cargo xtask bench rebuild --events 1000000";

const EVENTS_QUICK: u32 = 2_000;
/// Each of both by four workers, one and two.
const REBUILDS: usize = 6;
const MILLION: f64 = 1_000_000.0;

/// The test that is measured; what it proves on the way has to be right too.
const TEST: &str = "both_read_models_are_rebuilt_while_clients_write_and_read";

/// Measure rebuilds of both read models while clients write and read.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Of how many events.
    #[arg(long, default_value_t = 100_000)]
    events: u32,
    /// Only 2,000 events; prints instead of writing.
    #[arg(long, conflicts_with = "events")]
    quick: bool,
}

/// What `tests/rebuild` prints.
#[derive(Debug, Default, PartialEq)]
struct Report {
    events: f64,
    import_seconds: f64,
    projected_seconds: f64,
    /// The name of each read model and how many workers it had, its commits, and its seconds.
    rebuilds: Vec<(String, f64, f64)>,
    clients: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let events = if arguments.quick { EVENTS_QUICK } else { arguments.events };
    let setting = ("PASSBOOK_REBUILD_EVENTS", events.to_string());
    let note = stack_note()?;
    let (layout, printed) =
        on_a_stack(&["--package", "acceptance", "--test", "rebuild", TEST, "--", "--show-output"], setting)?;
    let report =
        report(&printed).with_context(|| format!("figures are missing in what it printed:\n{printed}"))?;
    let text = markdown(&report, &note);
    if arguments.quick {
        println!("{text}");
        return Ok(());
    }
    section::write(&layout, "rebuild", &text)
}

/// The figures, from the sentences in which the test says them.
fn report(printed: &str) -> Option<Report> {
    let mut report = Report::default();
    for line in printed.lines() {
        if let Some((events, seconds)) = line.split_once(" events imported in ") {
            report.events = events.parse().ok()?;
            report.import_seconds = seconds.strip_suffix(" s")?.parse().ok()?;
        } else if let Some(seconds) = line.strip_prefix("projected ") {
            report.projected_seconds = seconds.split_whitespace().next()?.parse().ok()?;
        } else if let Some((name, rest)) = line.split_once(": ")
            && let Some((commits, seconds)) = rest.split_once(" commits in ")
        {
            let seconds = seconds.strip_suffix(" s")?.parse().ok()?;
            report.rebuilds.push((name.to_owned(), commits.parse().ok()?, seconds));
        } else if let Some(clients) = line.strip_prefix("clients meanwhile: ") {
            clients.clone_into(&mut report.clients);
        }
    }
    let is_whole = report.events > 0.0 && report.rebuilds.len() == REBUILDS && !report.clients.is_empty();
    is_whole.then_some(report)
}

fn markdown(report: &Report, note: &str) -> String {
    let Report { events, import_seconds, projected_seconds, rebuilds, clients } = report;
    let mut text = format!(
        "## How long a rebuild takes\n\n\
         Accounts of a hundred events each are imported by `passbook import`, 16 at a time, and each read model is \
         rebuilt from them by four workers, while eight clients write and read. No read fails or goes backwards, and \
         every account is compared afterwards; then each is rebuilt by one worker and by two, with nobody else at work \
         (`tests/rebuild`). `cargo xtask bench rebuild` measures this and \
         writes this section.\n\n\
         **How to read it.** Workers, stores and clients share the processors with a local AWS that is one Python \
         process: what is measured is that, and nothing is claimed of AWS, where the stores do not share. The time \
         for one million is computed from the rate of this run, not measured.\n\n\
         {note}\n\n\
         | what | events | seconds | a second | one million, computed |\n\
         |---|---:|---:|---:|---:|\n"
    );
    let imports = ["import", "import until projected"].map(str::to_owned);
    let imports = imports.into_iter().zip([*import_seconds, *projected_seconds]);
    let all = imports.map(|(what, seconds)| (what, *events, seconds)).chain(rebuilds.iter().cloned());
    for (what, count, seconds) in all {
        let rate = count / seconds.max(f64::EPSILON);
        let minutes = MILLION / rate / 60.0;
        let _ = writeln!(text, "| {what} | {count:.0} | {seconds:.1} | {rate:.0} | {minutes:.1} min |");
    }
    let _ = writeln!(text, "\nClients during the rebuilds by four: {clients}.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found_in_what_the_test_says() {
        let printed = "running 1 test\n\n---- both stdout ----\n\
            2000 events imported in 3.5 s\n\
            projected 5.0 s after the first of them\n\
            account-summary by 4: 2022 commits in 2.0 s\n\
            transaction-history by 4: 2040 commits in 4.0 s\n\
            clients meanwhile: 40 commands, none failed or went back\n\
            account-summary by 1: 2042 commits in 3.0 s\n\
            account-summary by 2: 2042 commits in 2.5 s\n\
            transaction-history by 1: 2042 commits in 5.0 s\n\
            transaction-history by 2: 2042 commits in 4.5 s\n";
        let rebuilds = [
            ("account-summary by 4", 2022.0, 2.0),
            ("transaction-history by 4", 2040.0, 4.0),
            ("account-summary by 1", 2042.0, 3.0),
            ("account-summary by 2", 2042.0, 2.5),
            ("transaction-history by 1", 2042.0, 5.0),
            ("transaction-history by 2", 2042.0, 4.5),
        ];
        let rebuilds = rebuilds.map(|(name, commits, seconds)| (name.to_owned(), commits, seconds)).into();
        let clients = "40 commands, none failed or went back".to_owned();
        let expected =
            Report { events: 2000.0, import_seconds: 3.5, projected_seconds: 5.0, rebuilds, clients };
        assert_eq!(report(printed), Some(expected));
        assert_eq!(report("2000 events imported in 3.5 s\n"), None);
    }
}
