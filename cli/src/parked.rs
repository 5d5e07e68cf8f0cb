//! `passbook parked` and `passbook redrive`: accounts that a projection has stopped at, and setting them going again.

use anyhow::{Result, bail};
use application::ports::Projection;
use clap::Args;
use serde_json::{Value, json};

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output,
    stack::Stack,
    table::{self, text},
};

const PARKED: &str = "/v1/admin/parked";

/// The largest page that the API gives.
const PAGE_SIZE_MAX: &str = "100";

const LIST_EXAMPLES: &str = "Examples:
  passbook parked
  passbook parked --projection account-summary --json";

const REDRIVE_EXAMPLES: &str = "Examples:
  passbook redrive account-summary:cz-576
  passbook redrive --all

Mend the cause first, mostly by deploying a build that knows the event. To redrive twice is no harm.

The exit code is 0 if all that was redriven is up to date, 3 if any is still parked.";

/// List the accounts that a projection could not go on with, and why.
#[derive(Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArguments {
    /// Only of this read model: account-summary or transaction-history.
    #[arg(long)]
    projection: Option<Projection>,
    #[command(flatten)]
    identity: Identity,
}

/// Which to redrive.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The id, from `passbook parked`.
    id: Option<String>,
    /// Redrive all that is parked.
    #[arg(long)]
    all: bool,
}

/// Project a parked account anew from its events.
#[derive(Args)]
#[command(after_help = REDRIVE_EXAMPLES)]
pub(crate) struct RedriveArguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn list(stack: &Stack, arguments: &ListArguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let parked = read(&api, arguments.projection).await?;
    if json {
        output::json(&json!({ "parked": parked }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = parked.iter().map(row).collect();
    output::text(&table::render(&["id", "version", "parked at", "reason"], &rows, &[1]))?;
    output::line(format!("{} parked", parked.len()))?;
    Ok(Exit::Done)
}

pub(crate) async fn redrive(stack: &Stack, arguments: &RedriveArguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let ids = match &arguments.which.id {
        Some(id) => vec![id.clone()],
        None => read(&api, None).await?.iter().map(|parked| text(parked, "id")).collect(),
    };
    let mut outcomes = Vec::new();
    for id in ids {
        match api.post(&format!("{PARKED}/{id}/redrive")).await {
            Ok(outcome) => outcomes.push(outcome),
            // One that cannot be redriven must not hold up the others.
            Err(error) if arguments.which.all => {
                outcomes.push(json!({ "id": id, "outcome": "failed", "reason": format!("{error:#}") }));
            }
            Err(error) => bail!(error),
        }
    }
    let left = outcomes.iter().filter(|outcome| outcome["outcome"] != "up_to_date").count();
    if json {
        output::json(&json!({ "redriven": outcomes }))?;
    } else {
        let row = |outcome: &Value| {
            vec![
                text(outcome, "id"),
                text(outcome, "outcome"),
                text(outcome, "version"),
                text(outcome, "reason"),
            ]
        };
        let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
        output::text(&table::render(&["id", "outcome", "version", "reason"], &rows, &[2]))?;
    }
    Ok(Exit::right_if(left == 0))
}

/// All that is parked, page by page.
pub(crate) async fn read(api: &Api<'_>, projection: Option<Projection>) -> Result<Vec<Value>> {
    let (mut parked, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", PAGE_SIZE_MAX.to_owned())];
        query.extend(projection.map(|projection| ("projection", projection.to_string())));
        query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let page = api.get(PARKED, &query).await?;
        parked.extend(page["parked"].as_array().into_iter().flatten().cloned());
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(parked);
        }
    }
}

fn row(parked: &Value) -> Vec<String> {
    ["id", "version", "parked_at", "reason"].map(|name| text(parked, name)).to_vec()
}
