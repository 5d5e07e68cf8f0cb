//! `passbook restore`: puts back what was deleted from the events table, out of a restored backup.

use anyhow::{Context, Result};
use application::{
    StreamId,
    ports::StreamCatalog as _,
    restore::{Restored, restore},
};
use clap::Args;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::{exit::Exit, output, progress, stack::Stack};

/// How many streams are compared at a time.
const CONCURRENCY: usize = 8;

const EXAMPLES: &str = "Examples:
  aws dynamodb restore-table-to-point-in-time --source-table-name EVENTS --target-table-name restored --use-latest-restorable-time
  passbook restore --from restored --check      (which commits the events table lacks, and which differ)
  passbook restore --from restored              (append what it lacks, to streams of which nothing differs)
  passbook verify --all

The exit code is 3 if a commit differs, or with --check if one is missing. See docs/RUNBOOK.md, \"Restore events\".";

/// Put back commits that were deleted, out of a table that was restored from a backup.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The restored table.
    #[arg(long, value_name = "TABLE")]
    from: String,
    /// Only say what is missing and what differs.
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
struct Report {
    streams: usize,
    missing: usize,
    put_back: usize,
    differing: usize,
    found: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    stream: String,
    missing: Vec<u64>,
    differing: Vec<u64>,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let (from, to) = (stack.event_store_of(arguments.from.clone()).await, stack.event_store().await);
    let streams = from.streams().await.with_context(|| format!("{} cannot be read", arguments.from))?;
    let progress = progress::bar(u64::try_from(streams.len())?, "{pos}/{len} streams, {eta} left");
    let count = streams.len();
    let compared = stream::iter(streams.into_iter().map(|id| {
        let (from, to, progress) = (&from, &to, &progress);
        async move {
            let restored = restore(from, to, &id, arguments.check).await;
            progress.inc(1);
            restored.map(|restored| found(&id, restored)).with_context(|| format!("{id} is not restored"))
        }
    }));
    let found: Vec<Option<Found>> = compared.buffered(CONCURRENCY).try_collect().await?;
    progress.finish_and_clear();
    let found: Vec<Found> = found.into_iter().flatten().collect();
    let sum = |of: fn(&Found) -> usize| found.iter().map(of).sum();
    let (missing, differing) = (sum(|found| found.missing.len()), sum(|found| found.differing.len()));
    let of_same = found.iter().filter(|found| !arguments.check && found.differing.is_empty());
    let put_back = of_same.map(|found| found.missing.len()).sum();
    let is_right = differing == 0 && !(arguments.check && missing > 0);
    let report = Report { streams: count, missing, put_back, differing, found };
    if json {
        output::json(&report)?;
    } else {
        print(&report, arguments.check)?;
    }
    Ok(Exit::right_if(is_right))
}

fn found(stream: &StreamId, restored: Restored) -> Option<Found> {
    let Restored { missing, differing } = restored;
    let is_any = !missing.is_empty() || !differing.is_empty();
    is_any.then(|| Found { stream: stream.to_string(), missing, differing })
}

fn print(report: &Report, is_check: bool) -> Result<()> {
    for Found { stream, missing, differing } in &report.found {
        if !missing.is_empty() {
            let verb = if is_check || !differing.is_empty() { "missing" } else { "put back" };
            output::line(format_args!("{stream}: {verb} {missing:?}"))?;
        }
        if !differing.is_empty() {
            output::line(format_args!("{stream}: differs, and stays as it is {differing:?}"))?;
        }
    }
    let Report { streams, missing, put_back, differing, .. } = report;
    let words =
        format_args!("{streams} streams: {missing} commits missing, {put_back} put back, {differing} differ");
    Ok(output::line(words)?)
}
