//! `passbook reconcile`: whether the read models are what the events come to, and making them so.

use anyhow::{Context, Result};
use application::{
    StreamId,
    ports::{EventStore as _, Projection},
};
use clap::Args;
use domain::AccountId;
use lambda_kit::SystemEnvironment;
use read_models::reconcile::{Difference, Mode, Progress, Reconcile, Scope, Summary};
use serde::Serialize;

use crate::{
    exit::{Exit, Failure},
    output::{self, BAD, GOOD},
    progress,
    stack::Stack,
};

const EXAMPLES: &str = "Examples:
  passbook reconcile --check
  passbook reconcile --account cz-576
  passbook reconcile --projection transaction-history --json

Everything is compared with the events table, so it also helps when the projectors were off for longer than the
stream keeps its records. Clients and projectors may go on meanwhile.

The exit code is 0 if the read models are right, or are right now; 3 if differences are left.";

/// Compare the read models with the events, account by account, and mend every difference.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only say what is different, and write nothing.
    #[arg(long)]
    check: bool,
    /// Only this account.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only this: account-summary, transaction-history or journal.
    #[arg(long)]
    projection: Option<Projection>,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    summary: Summary,
    found: Vec<Difference>,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let mode = if arguments.check { Mode::Check } else { Mode::Repair };
    let scope = Scope { account_id: arguments.account.clone(), projection: arguments.projection };
    if arguments.projection == Some(Projection::TransactionHistory) && stack.search_url().is_none() {
        let words = "the stack keeps no transaction-history: it answers from the events themselves";
        return Err(Failure::usage(words.to_owned()).into());
    }
    let reconcile = Reconcile::new(stack.redrive().await?, SystemEnvironment, mode);
    if let Some(account_id) = &arguments.account {
        warn_of_unknown(stack, account_id).await;
    }
    let (bar, mut found) = (progress::bar(0, "{pos}/{len} accounts, {eta} left"), Vec::new());
    let mut printed = Ok(());
    let on = |progress: Progress<'_>| match progress {
        Progress::Begun(accounts) => bar.set_length(u64::try_from(accounts).unwrap_or(u64::MAX)),
        Progress::Compared(differences) => {
            bar.inc(1);
            if json {
                found.extend_from_slice(differences);
            } else if printed.is_ok() {
                // Whoever reads may have enough at some point: what was begun is done to its end all the same.
                let line = |difference| output::line(output::styled(BAD, difference));
                printed = bar.suspend(|| differences.iter().try_for_each(line));
            }
        }
    };
    let summary = reconcile.run(&scope, on).await;
    bar.finish_and_clear();
    let summary =
        summary.context("the read models could not be compared to the end; what was mended stays so")?;
    printed?;
    let is_right = summary.left() == 0;
    if json {
        output::json(&Report { summary, found })?;
    } else {
        print(&summary, mode)?;
    }
    Ok(Exit::right_if(is_right))
}

/// An account of which there is nothing is a slip of the pen more often than a difference.
async fn warn_of_unknown(stack: &Stack, account_id: &AccountId) {
    let newest = stack.event_store().await.newest(&StreamId::account(account_id)).await;
    if newest.is_ok_and(|newest| newest.is_none()) {
        eprintln!("account {account_id} has no events: whatever a read model has of it is too much");
    }
}

fn print(summary: &Summary, mode: Mode) -> Result<()> {
    let Summary { accounts, redriven, differences, repaired, .. } = summary;
    let outcome = match (differences, mode) {
        (0, _) => output::styled(GOOD, format!("right: accounts {accounts}, differences 0")),
        (_, Mode::Check) => {
            output::styled(BAD, format!("NOT right: accounts {accounts}, differences {differences}"))
        }
        _ => format!("accounts {accounts}, differences {differences}, repaired {repaired}"),
    };
    output::line(outcome)?;
    for (kind, count) in &summary.kinds {
        output::line(format!("  {count:>8}  {kind}"))?;
    }
    if *redriven > 0 {
        output::line(format!("parked accounts brought up to date: {redriven}"))?;
    }
    Ok(())
}
