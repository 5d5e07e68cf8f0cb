//! `passbook feed`: everything that happens, in the order of the journal.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output, progress,
    stack::Stack,
};

/// The largest page that the API gives.
const PAGE_MAX: usize = 500;

/// How long to wait for more at the end of the journal.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "Examples:
  passbook feed --limit 20
  passbook feed --after 1000 --follow
  passbook feed --json | jq -r .type | sort | uniq -c";

/// Show all events in the order of the journal; with --json, one a line.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only what comes after this position.
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// The events of at most so many commits [default: all].
    #[arg(long)]
    limit: Option<usize>,
    /// Go on with what happens from now on, until Ctrl-C.
    #[arg(long, conflicts_with = "limit")]
    follow: bool,
    #[command(flatten)]
    identity: Identity,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    let (mut after, mut left) = (arguments.after, arguments.limit.unwrap_or(usize::MAX));
    while left > 0 {
        let limit = left.min(PAGE_MAX);
        let query = [("after", after.to_string()), ("limit", limit.to_string())];
        let page = api.get("/v1/events", &query).await?;
        for event in page["events"].as_array().into_iter().flatten() {
            output::line(if json { event.to_string() } else { line(event) })?;
        }
        let next = page["next_after"].as_u64().unwrap_or(after);
        left = left.saturating_sub(usize::try_from(next.saturating_sub(after))?);
        after = next;
        match page["has_more"].as_bool() {
            Some(true) => {}
            _ if arguments.follow => progress::wait(BETWEEN_LOOKS).await,
            _ => break,
        }
    }
    Ok(Exit::Done)
}

fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or_default();
    let number = |name: &str| event[name].as_u64().unwrap_or_default();
    let (timestamp, stream, kind) = (text("timestamp"), text("stream"), text("type"));
    format!(
        "{:>8}  {timestamp:<27}  {stream} {}  {kind}  {}",
        number("position"),
        number("version"),
        event["data"]
    )
}
