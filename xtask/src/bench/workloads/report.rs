//! The section, from the figures that `bench` prints.

use std::fmt::Write as _;

use serde::Deserialize;

use super::super::plot::{figure, grouped, number};

/// What is said before the figures.
const PREFACE: &str = include_str!("preface.md");

/// What `bench workloads` prints.
#[derive(Deserialize)]
pub(super) struct Report {
    window_ms: u64,
    pub(super) runs: Vec<Run>,
}

/// One workload.
#[derive(Deserialize)]
pub(super) struct Run {
    pub(super) name: String,
    pub(super) writers: u32,
    pub(super) readers: u32,
    event_bytes: u32,
    batch: u32,
    /// The events that each of the shared streams had before.
    pub(super) length: u32,
    pub(super) appends: Option<Figures>,
    pub(super) reads: Option<Figures>,
    checked_commits: u64,
    checked_streams: u64,
}

/// Operations of one kind.
#[derive(Deserialize)]
pub(super) struct Figures {
    operations: u32,
    per_second: f64,
    events_per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    conflicts: u32,
    given_up: u32,
    cost: Cost,
}

#[derive(Deserialize)]
struct Cost {
    read_units: f64,
    write_units: f64,
    requests: f64,
}

pub(super) fn markdown(report: &Report, note: &str) -> String {
    let seconds = figure(f64::from(u32::try_from(report.window_ms).unwrap_or(u32::MAX)) / 1_000.0);
    let mut text = format!("{}\n{note}\n", PREFACE.replace("{seconds}", &seconds));
    appends(&mut text, report);
    reads(&mut text, report);
    text.push_str("\n### What was found in the end\n\n");
    let sum = |of: fn(&Run) -> u64| grouped(number(report.runs.iter().map(of).sum::<u64>()));
    let (commits, streams) = (sum(|run| run.checked_commits), sum(|run| run.checked_streams));
    let _ = writeln!(
        text,
        "{commits} commits in {streams} streams over all {} runs: those that were acknowledged, without gaps, each chained \
         to the one before, and no others.",
        report.runs.len(),
    );
    for Run { name, appends, .. } in &report.runs {
        if let Some(Figures { given_up: count @ 1.., .. }) = appends {
            let _ = writeln!(text, "\n{name}: {count} appends were given up after 50 conflicts each.");
        }
    }
    text
}

fn appends(text: &mut String, report: &Report) {
    text.push_str(
        "\n### Appends\n\n\
         | workload | writers | readers | event bytes | appends/s | p50 ms | p99 ms | conflicts a hundred | write units | \
         read units | requests |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Run { name, writers, readers, event_bytes, appends, .. } in &report.runs {
        let Some(Figures { operations, per_second, p50_ms, p99_ms, conflicts, cost, .. }) = appends else {
            continue;
        };
        let conflicts = f64::from(*conflicts) * 100.0 / f64::from(*operations).max(1.0);
        let _ = writeln!(
            text,
            "| {name} | {writers} | {readers} | {event_bytes} | {per_second:.0} | {} | {} | {} | {} | {} | {} |",
            figure(*p50_ms),
            figure(*p99_ms),
            short(conflicts),
            short(cost.write_units),
            short(cost.read_units),
            short(cost.requests),
        );
    }
}

fn reads(text: &mut String, report: &Report) {
    text.push_str(
        "\n### Reads\n\n\
         | workload | writers | readers | events before | batch | reads/s | events/s | p50 ms | p99 ms | read units | \
         requests |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Run { name, writers, readers, length, batch, reads, .. } in &report.runs {
        let Some(Figures { per_second, events_per_second, p50_ms, p99_ms, cost, .. }) = reads else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {name} | {writers} | {readers} | {length} | {batch} | {per_second:.0} | {events_per_second:.0} | {} | {} | \
             {} | {} |",
            figure(*p50_ms),
            figure(*p99_ms),
            short(cost.read_units),
            short(cost.requests),
        );
    }
}

/// As many digits as there are to it, up to two.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn report() -> Report {
        let run = |name: &str, (writers, readers): (u32, u32), length: u32| {
            let figures = |count: u32| {
                (count > 0).then(|| Figures {
                    operations: 200,
                    per_second: 100.4,
                    events_per_second: 1_004.0,
                    p50_ms: f64::from(count),
                    p99_ms: 12.5,
                    conflicts: 3,
                    given_up: 0,
                    cost: Cost { read_units: 1.0, write_units: 2.5, requests: 2.04 },
                })
            };
            Run {
                name: name.to_owned(),
                writers,
                readers,
                event_bytes: 256,
                batch: 100,
                length,
                appends: figures(writers),
                reads: figures(readers),
                checked_commits: 700,
                checked_streams: 10,
            }
        };
        let runs = vec![
            run("scaling-writers-w1-r0", (1, 0), 0),
            run("scaling-writers-w32-r0", (32, 0), 0),
            run("scaling-readers-w0-r4", (0, 4), 10),
            run("large-streams-10", (1, 1), 10),
            run("large-streams-10000", (1, 1), 10_000),
        ];
        Report { window_ms: 5_000, runs }
    }

    #[test]
    fn each_kind_of_operation_has_its_table() {
        let text = markdown(&report(), "note");
        let row = "| scaling-writers-w32-r0 | 32 | 0 | 256 | 100 | 32.0 | 12.5 | 1.5 | 2.5 | 1 | 2.04 |";
        assert!(text.contains(row), "{text}");
        assert!(
            text.contains(
                "| scaling-readers-w0-r4 | 0 | 4 | 10 | 100 | 100 | 1004 | 4.00 | 12.5 | 1 | 2.04 |"
            )
        );
        assert_eq!(text.matches("large-streams-10000").count(), 2, "a row of each kind");
        assert!(text.contains("3,500 commits in 50 streams over all 5 runs"), "{text}");
        assert!(text.contains("5.00 s") && !text.contains('{'), "{text}");
    }
}
