//! `passbook history`: what happened on an account.

use anyhow::Result;
use clap::Args;
use domain::AccountId;
use serde_json::{Value, json};

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output,
    stack::Stack,
    table,
};

/// The largest page that the API gives.
const PAGE_SIZE_MAX: usize = 100;

/// Before this nothing is asked for unless `--from` says so: the whole history.
const BEGINNING: &str = "1900-01-01T00:00:00Z";

const EXAMPLES: &str = "Examples:
  passbook history cz-576
  passbook history cz-576 --from 1993-01-01T00:00:00Z --to 1993-12-31T23:59:59Z --limit 500
  passbook history cz-576 --type CREDIT --query salary
  passbook history cz-576 --json | jq '.transactions[].amount'";

/// List the transactions of an account, the newest first.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: AccountId,
    /// From this time on (RFC 3339).
    #[arg(long, default_value = BEGINNING)]
    from: String,
    /// Up to this time (RFC 3339) [default: now].
    #[arg(long)]
    to: Option<String>,
    /// Only CREDIT, DEBIT, TRANSFER_OUT or TRANSFER_IN.
    #[arg(long = "type", value_name = "TYPE")]
    transaction_type: Option<String>,
    /// Only with all of these words in reference or description.
    #[arg(long, short)]
    query: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let (transactions, total) = read(&api, arguments).await?;
    if json {
        output::json(&json!({ "transactions": transactions, "total_count": total }))?;
        return Ok(Exit::Done);
    }
    let columns = ["timestamp", "type", "amount", "fee", "balance_after", "description"];
    let cell = |transaction: &Value, name: &str| transaction[name].as_str().unwrap_or_default().to_owned();
    let row = |transaction: &Value| columns.iter().map(|name| cell(transaction, name)).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = transactions.iter().map(row).collect();
    let headings = ["time", "type", "amount", "fee", "balance", "description"];
    output::text(&table::render(&headings, &rows, &[2, 3, 4]))?;
    output::line(format!("{} of {total} transactions", transactions.len()))?;
    Ok(Exit::Done)
}

async fn read(api: &Api<'_>, arguments: &Arguments) -> Result<(Vec<Value>, u64)> {
    let path = format!("/v1/accounts/{}/transactions", arguments.account_id);
    let (mut transactions, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let wanted = arguments.limit.saturating_sub(transactions.len()).clamp(1, PAGE_SIZE_MAX);
        let mut query = vec![("from", arguments.from.clone()), ("page_size", wanted.to_string())];
        let optional = [
            ("to", &arguments.to),
            ("type", &arguments.transaction_type),
            ("q", &arguments.query),
            ("cursor", &cursor),
        ];
        query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        let page = api.get(&path, &query).await?;
        transactions.extend(page["transactions"].as_array().into_iter().flatten().cloned());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() || transactions.len() >= arguments.limit {
            transactions.truncate(arguments.limit);
            return Ok((transactions, page["total_count"].as_u64().unwrap_or_default()));
        }
    }
}
