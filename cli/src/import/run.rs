//! The import itself: several accounts at a time, each in its own order.

use std::sync::Arc;

use anyhow::{Context, Result};
use application::import::{AccountImport, Imported};
use domain::{AccountId, UserId};
use event_store::DynamoDbEventStore;
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use super::{
    Arguments,
    file::{self, AccountRows},
};
use crate::{
    exit::Exit,
    output::{self, BAD},
    progress,
    stack::Stack,
};

/// In whose name imported events are written.
const OPERATOR: &str = "import";

/// What became of the whole file.
#[derive(Debug, Default, Serialize)]
struct Report {
    accounts: usize,
    imported: u64,
    already_there: u64,
    stopped: Vec<Stopped>,
}

/// An account that stopped at a bad line.
#[derive(Debug, Serialize)]
struct Stopped {
    line: u64,
    account_id: AccountId,
    reason: String,
    not_imported: usize,
}

struct Import {
    store: DynamoDbEventStore,
    operator: UserId,
    progress: ProgressBar,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let accounts = file::read(&arguments.file)?;
    let rows = accounts.iter().map(|account| account.rows.len()).sum::<usize>();
    let import = Arc::new(Import {
        store: stack.event_store().await,
        operator: OPERATOR.parse().context("the operator's id")?,
        progress: progress::bar(u64::try_from(rows)?, "{pos}/{len} transactions, {per_sec}, {eta} left"),
    });
    let imports = accounts.into_iter().map(|account| {
        let import = Arc::clone(&import);
        async move { import.account(account).await }
    });
    let mut report = Report::default();
    let mut outcomes = stream::iter(imports).buffer_unordered(usize::from(arguments.concurrency));
    while let Some(outcome) = outcomes.next().await {
        report.accounts += 1;
        report.imported += outcome.imported;
        report.already_there += outcome.already_there;
        report.stopped.extend(outcome.stopped);
    }
    import.progress.finish_and_clear();
    report.stopped.sort_by_key(|stopped| stopped.line);
    print(&report, json)?;
    Ok(Exit::right_if(report.stopped.is_empty()))
}

impl Import {
    /// One account, up to its end or its first bad line.
    async fn account(&self, account: AccountRows) -> Report {
        let mut report = Report::default();
        let total = account.rows.len();
        let start = AccountImport::start(
            &self.store,
            &SystemEnvironment,
            self.operator.clone(),
            account.account_id.clone(),
        );
        let mut import = match start.await {
            Ok(import) => import,
            Err(error) => {
                let line = account.rows.first().map_or(0, |(line, _)| *line);
                report.stopped.push(stopped(line, &account.account_id, &error.into(), total));
                return report;
            }
        };
        for (done, (line, row)) in account.rows.into_iter().enumerate() {
            let outcome = match row {
                Ok(row) => import.add(&row).await.map_err(anyhow::Error::from),
                Err(error) => Err(error),
            };
            self.progress.inc(1);
            match outcome {
                Ok(Imported::Added) => report.imported += 1,
                Ok(Imported::Present) => report.already_there += 1,
                Err(error) => {
                    report.stopped.push(stopped(line, &account.account_id, &error, total - done));
                    break;
                }
            }
        }
        report
    }
}

fn stopped(line: u64, account_id: &AccountId, error: &anyhow::Error, not_imported: usize) -> Stopped {
    Stopped { line, account_id: account_id.clone(), reason: format!("{error:#}"), not_imported }
}

fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        output::json(report)?;
        return Ok(());
    }
    for Stopped { line, account_id, reason, not_imported } in &report.stopped {
        eprintln!(
            "line {line}: account {account_id} stopped here: {reason} ({not_imported} lines not imported)"
        );
    }
    let Report { accounts, imported, already_there, stopped } = report;
    output::line(format!(
        "{imported} transactions imported, {already_there} were there already, in {accounts} accounts"
    ))?;
    if !stopped.is_empty() {
        let words = format!(
            "{} accounts stopped at a bad line: mend the lines above and import the file again",
            stopped.len()
        );
        output::line(output::styled(BAD, words))?;
    }
    Ok(())
}
