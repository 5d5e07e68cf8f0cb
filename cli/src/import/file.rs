//! The CSV file: read whole and sorted by account before anything is imported.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use application::import::{ImportKind, ImportRow};
use domain::{AccountId, Decimal, Money, Text, parse_currency};
use serde::Deserialize;

/// The rows of one account, in the file's order.
#[derive(Debug)]
pub(crate) struct AccountRows {
    pub(crate) account_id: AccountId,
    /// Each with its line in the file; one that cannot be read says why.
    pub(crate) rows: Vec<(u64, Result<ImportRow>)>,
}

/// A line as it is written.
#[derive(Deserialize)]
struct Line {
    transaction_id: String,
    account_id: String,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    account_type: Option<String>,
    booked_at: String,
    kind: String,
    amount: String,
    currency: String,
    #[serde(default)]
    balance_after: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    counterparty: Option<String>,
}

/// The accounts of a file, in the order in which they first appear.
///
/// Fails as a whole only where a line cannot be given to an account: then nothing is imported.
pub(crate) fn read(path: &Path) -> Result<Vec<AccountRows>> {
    let context = || format!("{} cannot be read", path.display());
    let mut reader = csv::Reader::from_path(path).with_context(context)?;
    let headers = reader.headers().with_context(context)?.clone();
    let mut accounts: Vec<AccountRows> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for record in reader.records() {
        let record = record.with_context(context)?;
        let number = record.position().map_or(0, csv::Position::line);
        let line: Line = record.deserialize(Some(&headers)).with_context(|| format!("line {number}"))?;
        let account_id: AccountId = line
            .account_id
            .parse()
            .with_context(|| format!("line {number}: account_id {:?}", line.account_id))?;
        let place = *places.entry(account_id.clone()).or_insert_with(|| {
            accounts.push(AccountRows { account_id, rows: Vec::new() });
            accounts.len() - 1
        });
        accounts[place].rows.push((number, row(line)));
    }
    Ok(accounts)
}

fn row(line: Line) -> Result<ImportRow> {
    let currency = parse_currency(&line.currency)?;
    let amount = number("amount", &line.amount)?;
    let balance_after =
        filled(line.balance_after.clone()).map(|text| number("balance_after", &text)).transpose()?;
    Ok(ImportRow {
        transaction_id: line.transaction_id.clone().try_into().context("transaction_id")?,
        booked_at: line.booked_at.parse().with_context(|| format!("booked_at {:?}", line.booked_at))?,
        kind: kind(&line)?,
        amount: Money::new(amount, currency).with_context(|| format!("amount {}", line.amount))?,
        balance_after,
        reference: text("reference", line.reference)?,
        counterparty: text("counterparty", line.counterparty)?,
    })
}

fn kind(line: &Line) -> Result<ImportKind> {
    match line.kind.as_str() {
        "OPEN" => {
            let user_id =
                filled(line.user_id.clone()).ok_or_else(|| anyhow!("an OPEN line needs a user_id"))?;
            let account_type = line.account_type.as_deref().unwrap_or_default().parse()?;
            Ok(ImportKind::Open { user_id: user_id.try_into().context("user_id")?, account_type })
        }
        "CREDIT" => Ok(ImportKind::Credit),
        "DEBIT" => Ok(ImportKind::Debit),
        other => Err(anyhow!("kind {other:?}: use OPEN, CREDIT or DEBIT")),
    }
}

fn number(column: &str, text: &str) -> Result<Decimal> {
    Decimal::from_str_exact(text)
        .with_context(|| format!("{column} {text:?}: an amount is written like 250.00"))
}

fn text(column: &'static str, text: Option<String>) -> Result<Option<Text>> {
    filled(text).map(|text| Text::try_from(text).context(column)).transpose()
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
