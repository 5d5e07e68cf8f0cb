//! `passbook verify`: whether anybody has changed what was stored.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use application::{
    StreamId,
    ports::StreamCatalog as _,
    verify::{Fault, Heads, Intact, hex, verify},
};
use clap::Args;
use domain::AccountId;
use event_store::DynamoDbEventStore;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    output::{self, BAD, GOOD},
    progress,
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook verify --account cz-576
  passbook verify --all --save heads-2026-11-24.json
  passbook verify --all --against heads-2026-11-24.json

Whoever has the table can cut off the end of an account, or write all of it anew with hashes that fit. Only heads that
were saved before, and are kept elsewhere, find that. The digest that is printed stands for the whole file: write it
down where nobody can change it.

The exit code is 0 if nothing is wrong, 3 if something is.";

/// How many streams are read at a time.
const CONCURRENCY: usize = 8;

/// What to verify.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// Verify this account.
    #[arg(long)]
    account: Option<AccountId>,
    /// Verify every account, and every holder of accounts.
    #[arg(long)]
    all: bool,
}

/// Recompute hashes and states from the stored events, and name the first wrong version of each account.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Save where every account ends, if nothing is wrong.
    #[arg(long, value_name = "FILE", requires = "all")]
    save: Option<PathBuf>,
    /// Also verify that every account was where this file says.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

#[derive(Default, Serialize)]
struct Report {
    streams: usize,
    commits: u64,
    /// How many heads that were saved before they were compared with.
    compared_heads: usize,
    /// Over the heads of all that was verified.
    digest: String,
    faults: Vec<Fault>,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let earlier = arguments.against.as_deref().map(read).transpose()?.unwrap_or_default();
    let store = stack.event_store().await;
    let streams = streams(&store, arguments, &earlier).await?;
    let progress = progress::bar(u64::try_from(streams.len())?, "{pos}/{len} streams, {eta} left");
    let verified = stream::iter(streams.into_iter().map(|id| {
        let (store, earlier) = (&store, earlier.0.get(id.as_str()));
        async move { verify(store, &id, earlier).await.map(|result| (id, result)) }
    }));
    let mut verified = verified.buffer_unordered(CONCURRENCY);
    let (mut report, mut heads) =
        (Report { compared_heads: earlier.0.len(), ..Report::default() }, Heads::default());
    while let Some((id, result)) = verified.try_next().await.context("the events table cannot be read")? {
        report.streams += 1;
        match result {
            Ok(Intact { commits, head }) => {
                report.commits += commits;
                heads.0.extend(head.map(|head| (id.to_string(), head)));
            }
            Err(fault) => report.faults.push(fault),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    report.faults.sort_by(|one, other| one.stream.cmp(&other.stream));
    report.digest = hex(&heads.digest());
    print(&report, json)?;
    if let Some(file) = &arguments.save {
        if !report.faults.is_empty() {
            bail!("the heads are not saved while something is wrong");
        }
        save(file, &heads)?;
        eprintln!("saved where {} streams end in {}: keep it elsewhere", heads.0.len(), file.display());
    }
    Ok(Exit::right_if(report.faults.is_empty()))
}

/// What is to be verified: also what was there when the heads were saved, and may be gone.
async fn streams(
    store: &DynamoDbEventStore,
    arguments: &Arguments,
    earlier: &Heads,
) -> Result<Vec<StreamId>> {
    if let Some(account_id) = &arguments.which.account {
        let id = StreamId::account(account_id);
        let intact = verify(store, &id, None).await.context("the events table cannot be read")?;
        if intact.is_ok_and(|intact| intact.head.is_none()) && !earlier.0.contains_key(id.as_str()) {
            return Err(
                Failure::refused(format!("there is no account {account_id}: it has no events")).into()
            );
        }
        return Ok(vec![id]);
    }
    let mut streams = store.streams().await.context("the events table cannot be read")?;
    streams.extend(earlier.0.keys().map(|name| StreamId::stored(name.clone())));
    Ok(streams.into_iter().collect())
}

fn read(file: &Path) -> Result<Heads> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Heads::from_text(&text).with_context(|| file.display().to_string())
}

/// Whole or not at all.
fn save(file: &Path, heads: &Heads) -> Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let written =
        std::fs::write(&unfinished, heads.to_text()?).and_then(|()| std::fs::rename(&unfinished, file));
    written.with_context(|| format!("{} cannot be written", file.display()))
}

fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        output::json(report)?;
        return Ok(());
    }
    for fault in &report.faults {
        output::line(output::styled(BAD, fault))?;
    }
    let Report { streams, commits, compared_heads, digest, faults } = report;
    match faults.len() {
        0 => output::line(output::styled(GOOD, format!("intact: streams {streams}, commits {commits}")))?,
        wrong => output::line(output::styled(BAD, format!("NOT intact: streams {wrong} of {streams}")))?,
    }
    if *compared_heads > 0 {
        output::line(format!("compared with {compared_heads} heads saved before"))?;
    }
    output::line(format!("digest of the heads now: {digest}"))?;
    Ok(())
}
