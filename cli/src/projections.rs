//! `passbook projections`: how far each projection is, and which generation of its read model is read.

use anyhow::Result;
use application::ports::Projection;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    api::{Api, Identity},
    exit::Exit,
    output, rebuild,
    stack::Stack,
    table,
};

const EXAMPLES: &str = "Examples:
  passbook projections
  passbook projections --json
  passbook projections read account-summary 1     (back to an earlier generation)
  passbook projections drop account-summary 1     (take a generation away)";

const READ_EXAMPLES: &str = "Examples:
  passbook projections read account-summary 2
  passbook projections read history 1     (back, while that one is still written)";

const DROP_EXAMPLES: &str = "Examples:
  passbook projections drop account-summary 1";

/// Show how far the projections are, and which generations their read models have.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    identity: Identity,
}

#[derive(Subcommand)]
enum Command {
    /// Let queries read a generation that is kept up to date: forwards, or back.
    #[command(after_help = READ_EXAMPLES)]
    Read(Which),
    /// Take a generation away that is not read, and write it no more.
    #[command(after_help = DROP_EXAMPLES)]
    Drop(Which),
}

#[derive(Args)]
struct Which {
    /// account-summary (or summary), transaction-history (or history).
    #[arg(value_parser = rebuild::projection)]
    projection: Projection,
    /// The number of the generation.
    generation: u32,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let api = Api::open(stack, &arguments.identity).await?;
    match &arguments.command {
        None => list(&api, json).await,
        Some(Command::Read(which)) => {
            let answer = api.post(&format!("{}/read", path(which))).await?;
            if json {
                output::json(&answer)?;
            } else {
                output::line(format!("generation {} of {} is read", which.generation, which.projection))?;
            }
            Ok(Exit::Done)
        }
        Some(Command::Drop(which)) => {
            let started = api.post_body(&format!("{}/drop", path(which)), &json!({})).await?;
            rebuild::follow(&api, which.projection, started, json).await
        }
    }
}

fn path(Which { projection, generation }: &Which) -> String {
    format!("{}/{projection}/generations/{generation}", rebuild::PROJECTIONS)
}

async fn list(api: &Api<'_>, json: bool) -> Result<Exit> {
    let answer = api.get(rebuild::PROJECTIONS, &[]).await?;
    if json {
        output::json(&answer)?;
        return Ok(Exit::Done);
    }
    let states = answer["projections"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Vec<String>> = states.iter().map(row).collect();
    let headings = ["projection", "position", "behind", "since", "parked", "generation", "rebuild"];
    output::text(&table::render(&headings, &rows, &[1, 2, 4, 5]))?;
    Ok(Exit::Done)
}

fn row(state: &Value) -> Vec<String> {
    let at_least = |value: &Value, number: &str| {
        let more = if value["is_at_least"] == true { "+" } else { "" };
        format!("{}{more}", value[number])
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let generations = &state["generations"];
    let others = generations["written"].as_array().map_or(0, |written| written.len().saturating_sub(1));
    let generation = match generations["read"].as_u64() {
        Some(read) if others > 0 => format!("{read} (+{others})"),
        Some(read) => read.to_string(),
        None => String::new(),
    };
    vec![
        text(&state["projection"]),
        state["position"].to_string(),
        at_least(&state["lag"], "commits"),
        text(&state["lag"]["since"]),
        at_least(&state["parked"], "accounts"),
        generation,
        rebuild_cell(&state["rebuild"]),
    ]
}

/// How the newest rebuild is; of one that is not over also its id, by which it is watched, resumed or given up.
fn rebuild_cell(rebuild: &Value) -> String {
    let text = |name: &str| rebuild[name].as_str().unwrap_or_default();
    match text("status") {
        status @ ("running" | "cancelling") => format!("{status} {}", text("rebuild_id")),
        status => status.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rebuild_that_is_not_over_is_shown_with_its_id() {
        let rebuild = |status: &str| json!({ "status": status, "rebuild_id": "83aa5ffe" });
        assert_eq!(rebuild_cell(&rebuild("running")), "running 83aa5ffe");
        assert_eq!(rebuild_cell(&rebuild("cancelling")), "cancelling 83aa5ffe");
        assert_eq!(rebuild_cell(&rebuild("completed")), "completed");
        assert_eq!(rebuild_cell(&Value::Null), "");
    }
}
