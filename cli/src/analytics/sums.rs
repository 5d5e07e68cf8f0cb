//! Sums of the moment, through the API.

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output,
    stack::Stack,
    table,
};

#[derive(Args)]
pub(crate) struct Arguments {
    /// From this time on (RFC 3339) [default: 30 days before --to].
    #[arg(long)]
    from: Option<String>,
    /// Up to this time (RFC 3339) [default: now].
    #[arg(long)]
    to: Option<String>,
    #[command(flatten)]
    identity: Identity,
}

const TOP_EXAMPLES: &str = "Examples:
  passbook analytics top
  passbook analytics top --by count --limit 3 --from 1993-01-01T00:00:00Z --json";

#[derive(Args)]
#[command(after_help = TOP_EXAMPLES)]
pub(crate) struct TopArguments {
    /// What puts an account at the top.
    #[arg(long, value_enum, default_value_t = By::Volume)]
    by: By,
    /// At most so many of each currency.
    #[arg(long, default_value_t = 10)]
    limit: u32,
    #[command(flatten)]
    period: Arguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    /// The sum of all amounts.
    Volume,
    /// The number of transactions.
    Count,
}

/// A column: how it is called in the answer, and whether it is a number.
type Column = (&'static str, bool);

pub(crate) async fn volumes(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let columns = [
        ("date", false),
        ("type", false),
        ("account_type", false),
        ("currency", false),
        ("transactions", true),
        ("amount", true),
        ("fee", true),
    ];
    show(stack, arguments, "daily-volumes", "volumes", &[], &columns, json).await
}

pub(crate) async fn top(stack: &Stack, arguments: &TopArguments, json: bool) -> Result<Exit> {
    let columns =
        [("currency", false), ("account_id", false), ("transactions", true), ("amount", true), ("fee", true)];
    let by = match arguments.by {
        By::Volume => "volume",
        By::Count => "count",
    };
    let more = [("by", by.to_owned()), ("limit", arguments.limit.to_string())];
    show(stack, &arguments.period, "top-accounts", "accounts", &more, &columns, json).await
}

pub(crate) async fn fees(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let columns = [
        ("currency", false),
        ("type", false),
        ("account_type", false),
        ("transactions", true),
        ("fee", true),
    ];
    show(stack, arguments, "fees", "fees", &[], &columns, json).await
}

pub(crate) async fn active(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let columns = [("currency", false), ("account_type", false), ("accounts", true)];
    show(stack, arguments, "active-accounts", "active_accounts", &[], &columns, json).await
}

async fn show(
    stack: &Stack,
    arguments: &Arguments,
    path: &str,
    list: &str,
    more: &[(&'static str, String)],
    columns: &[Column],
    json: bool,
) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let period = [("from", &arguments.from), ("to", &arguments.to)];
    let period = period.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    let query: Vec<(&str, String)> = period.chain(more.iter().cloned()).collect();
    let answer = api.get(&format!("/v1/analytics/{path}"), &query).await?;
    if json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let cell = |one: &Value| one.as_str().map_or_else(|| one.to_string(), str::to_owned);
    let row = |one: &Value| columns.iter().map(|(name, _)| cell(&one[name])).collect();
    let rows: Vec<Vec<String>> = answer[list].as_array().into_iter().flatten().map(row).collect();
    let headings: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let right: Vec<usize> =
        columns.iter().enumerate().filter(|(_, (_, is_number))| *is_number).map(|(index, _)| index).collect();
    output::text(&table::render(&headings, &rows, &right))?;
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    output::line(format!("from {} to {}", text("from"), text("to")))?;
    Ok(Exit::Done)
}
