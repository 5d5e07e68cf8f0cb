//! `passbook explain`: an account's life event by event, and where each projection stands with it.
//!
//! It asks the API alone, so whoever may see the account may ask; what only an admin sees is left out for others. Events
//! are read page by page and never kept.

mod event;
mod lines;
mod print;
mod remedies;
mod standing;

use anyhow::Result;
use application::codec::StoredEvent;
use clap::Args;
use domain::{AccountId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    api::{Api, Identity},
    exit::{Exit, Failure},
    explain::{
        event::{Fold, Step},
        print::{Document, Printer, Words},
        standing::Trail,
    },
    stack::Stack,
};

/// The largest page that the API gives.
const PAGE_SIZE_MAX: u64 = 100;

const EXAMPLES: &str = "Examples:
  passbook explain cz-576
  passbook explain cz-576 --last 5
  passbook explain cz-576 --from-version 100 --limit 20
  passbook explain cz-576 --user customer-03
  passbook explain cz-576 --all --json | jq -r '.events[] | [.version, .type, .balance_after] | @tsv'
  passbook explain cz-576 --last 1 --json | jq '.projections[] | select(.state != \"up_to_date\")'

The events are what counts. A projection that is behind them for more than some seconds has stopped or is parked: what
to do about it is said below the list. What is parked, and how far the projections are as a whole, only an admin sees.
A summary may come out of a cache, and so be up to five minutes older than its row.";

/// Show an account's life event by event: who, when, by which command, what changed; and where each projection stands.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The account's id.
    account_id: AccountId,
    /// The first version to show.
    #[arg(long, value_name = "VERSION", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    from_version: u64,
    /// At most so many events.
    #[arg(long, default_value_t = 50)]
    limit: u64,
    /// Every event from there on.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// The newest so many events instead.
    #[arg(long, value_name = "EVENTS", conflicts_with_all = ["from_version", "limit", "all"])]
    last: Option<u64>,
    #[command(flatten)]
    identity: Identity,
}

/// What an account is at a version, by its events.
#[derive(Deserialize)]
struct AccountAt {
    version: u64,
    state: Value,
}

/// An event as the API shows it.
#[derive(Deserialize)]
struct Shown {
    version: u64,
    event_id: String,
    #[serde(rename = "type")]
    name: String,
    type_version: u16,
    data: Value,
    timestamp: Timestamp,
    recorded_at: Timestamp,
    user_id: String,
    command_id: String,
    traceparent: Option<String>,
    hash: String,
}

#[derive(Deserialize)]
struct Page {
    events: Vec<Shown>,
    next_after_version: Option<u64>,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let path = format!("/v1/accounts/{}", arguments.account_id);
    let now = account_at(&api, &path, None).await?;
    let (from, limit) = span(arguments, now.version)?;
    let mut fold = match from.checked_sub(1).filter(|version| *version > 0) {
        Some(before) => Fold::from(&account_at(&api, &path, Some(before)).await?.state),
        None => Fold::default(),
    };
    let mut printer: Box<dyn Printer> = if json { Box::new(Document::default()) } else { Box::new(Words) };
    printer.begin(&arguments.account_id, &now)?;
    let mut trail = Trail::new(now.version);
    let (mut after, mut left) = (from - 1, limit);
    while left > 0 {
        let Page { events, next_after_version } = page(&api, &path, after, left.min(PAGE_SIZE_MAX)).await?;
        for event in events {
            let step = fold.step(event);
            trail.add(&step);
            printer.step(&step)?;
            left -= 1;
        }
        match next_after_version {
            Some(next) => after = next,
            None => break,
        }
    }
    if trail.misses_the_end() {
        trail.add_end(&end(&api, &path, now.version).await?);
    }
    let standings = standing::all(&api, &arguments.account_id, &trail).await?;
    printer.end(&arguments.account_id, &trail, &standings)?;
    Ok(Exit::Done)
}

/// From which version on, and how many.
fn span(arguments: &Arguments, newest: u64) -> Result<(u64, u64)> {
    if let Some(last) = arguments.last {
        return Ok((newest.saturating_sub(last).saturating_add(1), last));
    }
    if arguments.from_version > newest {
        let words = format!(
            "the account is at version {newest}: nothing has happened from {} on",
            arguments.from_version
        );
        return Err(Failure::usage(words).into());
    }
    Ok((arguments.from_version, if arguments.all { u64::MAX } else { arguments.limit }))
}

async fn account_at(api: &Api<'_>, path: &str, version: Option<u64>) -> Result<AccountAt> {
    let version = version.map(|version| ("version", version.to_string()));
    Ok(serde_json::from_value(api.get(&format!("{path}/state"), version.as_slice()).await?)?)
}

async fn page(api: &Api<'_>, path: &str, after: u64, limit: u64) -> Result<Page> {
    let query = [("after_version", after.to_string()), ("limit", limit.to_string())];
    Ok(serde_json::from_value(api.get(&format!("{path}/events"), &query).await?)?)
}

/// The newest events, to know which of them was the last that moved money: the history has it last.
async fn end(api: &Api<'_>, path: &str, newest: u64) -> Result<Vec<Step>> {
    let Page { events, .. } = page(api, path, newest.saturating_sub(PAGE_SIZE_MAX), PAGE_SIZE_MAX).await?;
    let mut fold = Fold::default();
    Ok(events.into_iter().map(|event| fold.step(event)).collect())
}

impl Shown {
    fn stored(&self) -> StoredEvent {
        StoredEvent {
            name: self.name.clone(),
            version: self.type_version,
            id: self.event_id.clone(),
            data: self.data.clone(),
        }
    }
}
