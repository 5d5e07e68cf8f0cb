//! Real transactions for a new stack, through the command line, and until they are everywhere.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{build::command_line, description};
use crate::{layout::Layout, process::output_of, progress::wait_until};

/// For the sample; the last document may wait for OpenSearch's refresh.
const CATCH_UP_DEADLINE: Duration = Duration::from_secs(60);

/// A part of the real transactions (see `tests/fixtures/README.md`).
pub(crate) fn sample(layout: &Layout) -> PathBuf {
    layout.root.join("tests/fixtures/bank-1993-sample.csv")
}

/// Imports a file.
pub(crate) fn import(layout: &Layout, stack: &Path, file: &Path) -> Result<()> {
    passbook(layout, stack, &["import", &file.to_string_lossy()]).map(drop)
}

/// Waits until summaries and histories show all that is in the file. Returns the account with the most transactions.
pub(crate) fn wait_for_read_models(layout: &Layout, stack: &Path, file: &Path) -> Result<String> {
    let accounts = transactions_by_account(file)?;
    let caught_up = wait_until(CATCH_UP_DEADLINE, || {
        for (account, transactions) in &accounts {
            if !shows(layout, stack, account, *transactions)? {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    if !caught_up {
        bail!("the read models are behind: see the logs in {}", stack.join("logs").display());
    }
    let largest = accounts.iter().max_by_key(|(_, transactions)| **transactions);
    largest.map(|(account, _)| account.clone()).context("the sample is empty")
}

fn shows(layout: &Layout, stack: &Path, account: &str, transactions: u64) -> Result<bool> {
    let field = |arguments: &[&str], name: &str| -> Result<Option<u64>> {
        let Ok(printed) = passbook(layout, stack, arguments) else { return Ok(None) };
        Ok(serde_json::from_str::<Value>(&printed)?[name].as_u64())
    };
    let version = field(&["account", account, "--json"], "version")?;
    let total = field(&["history", account, "--limit", "1", "--json"], "total_count")?;
    Ok(version == Some(transactions) && total == Some(transactions))
}

fn passbook(layout: &Layout, stack: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(command_line(layout));
    output_of(command.args(arguments).env("PASSBOOK_STACK", description::path(stack)))
}

/// How many transactions each account of the file has; the account is its second column.
fn transactions_by_account(file: &Path) -> Result<BTreeMap<String, u64>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut accounts = BTreeMap::new();
    for account in text.lines().skip(1).filter_map(|line| line.split(',').nth(1)) {
        *accounts.entry(account.to_owned()).or_default() += 1;
    }
    Ok(accounts)
}
