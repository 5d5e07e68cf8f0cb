//! `passbook statement`: an account's month.

use anyhow::Result;
use clap::Args;
use domain::{AccountId, Month};
use serde_json::Value;

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output::{self, HEADING, styled},
    stack::Stack,
    table::{self, text},
};

const EXAMPLES: &str = "Examples:
  passbook statement cz-576 1993-02
  passbook statement cz-576 1993-02 --csv > cz-576-1993-02.csv
  passbook statement cz-576 1993-02 --json | jq '.totals'
  passbook statement cz-576 1993-02 --user customer-03";

/// Show an account's statement of a month: balances, transactions, totals and fees.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: AccountId,
    /// The month, in UTC.
    #[arg(value_name = "YYYY-MM")]
    month: Month,
    /// Write a table for spreadsheets.
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let path = format!("/v1/accounts/{}/statements/{}", arguments.account_id, arguments.month);
    if arguments.csv {
        let (table, _) = api.get_text(&path, &[("format", "csv".to_owned())]).await?;
        output::text(&table)?;
        return Ok(Exit::Done);
    }
    let statement = api.get(&path, &[]).await?;
    if json {
        output::json(&statement)?;
        return Ok(Exit::Done);
    }
    let [account_id, month, currency, opening, closing, fees] =
        ["account_id", "month", "currency", "opening_balance", "closing_balance", "fees"]
            .map(|name| text(&statement, name));
    let is_final = statement["is_final"].as_bool().unwrap_or_default();
    let so_far = if is_final { "" } else { ", so far" };
    output::line(styled(HEADING, format!("account {account_id}, {month}{so_far}")))?;
    output::line(format!("{opening} {currency} before, {closing} {currency} after, fees {fees}\n"))?;
    let columns = ["timestamp", "type", "amount", "fee", "balance_after", "description"];
    output::text(&rows(&statement["lines"], &columns, &[2, 3, 4]))?;
    output::line("")?;
    output::text(&rows(&statement["totals"], &["type", "transactions", "amount", "fee"], &[1, 2, 3]))?;
    Ok(Exit::Done)
}

fn rows(list: &Value, columns: &[&str], numbers: &[usize]) -> String {
    let row = |item: &Value| columns.iter().map(|column| text(item, column)).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = list.as_array().into_iter().flatten().map(row).collect();
    let headings: Vec<String> = columns.iter().map(|column| column.replace('_', " ")).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    table::render(&headings, &rows, numbers)
}
