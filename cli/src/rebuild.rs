//! `passbook rebuild`: a read model made anew from the events, while the old one is read.

use std::time::Duration;

use anyhow::{Result, bail};
use application::ports::Projection;
use clap::Args;
use domain::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    analytics,
    api::{Api, Identity},
    exit::Exit,
    output::{self, BAD},
    progress,
    stack::Stack,
    table::{self, text},
};

pub(crate) const PROJECTIONS: &str = "/v1/admin/projections";

/// How long to wait between two looks at the progress.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// After how many looks at which nothing has happened it is said: three minutes.
const IDLE_LOOKS_MAX: u32 = 360;

const EXAMPLES: &str = "Examples:
  passbook rebuild summary                                  (into a new generation, which is read once it is whole)
  passbook rebuild history --workers 16 --no-switch         (to be read later: passbook projections read history 2)
  passbook rebuild summary --until 2026-10-31T23:59:59Z     (the whole bank as of then, beside the live one)
  passbook rebuild history --from 120000                    (what the journal has from there on, once more)
  passbook rebuild analytics                                (every file anew, in place and exact all the while)
  passbook rebuild summary --watch 0193f5a2-7c1e-7d3a-9b64-1f0e8a2c5d77   (or --cancel, or --resume)

Clients and projectors go on meanwhile; what they write is in the new generation too. Ctrl-C leaves the rebuild
running. The exit code is 0 if it was completed, or given up as asked; 3 if somebody else gave it up.";

/// Make a read model anew from the events.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// account-summary (or summary), transaction-history (or history), or analytics.
    #[arg(value_parser = target)]
    projection: Target,
    /// Replay the journal from this position on, into the generations that there are.
    #[arg(long, value_name = "POSITION", conflicts_with = "until")]
    from: Option<u64>,
    /// Only what had happened by this time: the whole bank as of then, in a generation of its own.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// How many workers may be at it (1 to 64).
    #[arg(long, default_value_t = 4)]
    workers: u32,
    /// Leave the old generation to be read.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    no_switch: bool,
    /// Begin, and do not wait for the end.
    #[arg(long)]
    detach: bool,
    /// Show the progress of a rebuild that is running.
    #[arg(long, value_name = "ID", group = "existing")]
    watch: Option<Uuid>,
    /// Give a rebuild up.
    #[arg(long, value_name = "ID", group = "existing")]
    cancel: Option<Uuid>,
    /// Set workers on what is left of a rebuild that stands still.
    #[arg(long, value_name = "ID", group = "existing")]
    resume: Option<Uuid>,
    #[command(flatten)]
    identity: Identity,
}

/// What can be made anew.
#[derive(Clone, Copy)]
enum Target {
    /// A read model, by workers.
    ReadModel(Projection),
    /// The files of the analytics, from here.
    Analytics,
}

fn target(name: &str) -> Result<Target, String> {
    if name == "analytics" { Ok(Target::Analytics) } else { projection(name).map(Target::ReadModel) }
}

/// A projection by its name, or by the short one.
pub(crate) fn projection(name: &str) -> Result<Projection, String> {
    match name {
        "summary" => Ok(Projection::AccountSummary),
        "history" => Ok(Projection::TransactionHistory),
        name => name.parse::<Projection>().map_err(|error| error.to_string()),
    }
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let projection = match arguments.projection {
        Target::ReadModel(projection) => projection,
        Target::Analytics if arguments.is_of_a_read_model() => {
            bail!(
                "the analytics have no generations: ask SQL for a time, or rebuild them in place, with --from or all"
            )
        }
        Target::Analytics => return analytics::rebuild::run(stack, arguments.from, json).await,
    };
    let api = Api::open(stack, &arguments.identity).await?;
    let rebuilds = format!("{PROJECTIONS}/{projection}/rebuilds");
    let rebuild = match (arguments.watch, arguments.cancel, arguments.resume) {
        (Some(id), _, _) => api.get(&format!("{rebuilds}/{id}"), &[]).await?,
        (_, Some(id), _) => api.post(&format!("{rebuilds}/{id}/cancel")).await?,
        (_, _, Some(id)) => api.post(&format!("{rebuilds}/{id}/resume")).await?,
        _ => api.post_body(&rebuilds, &order(arguments)).await?,
    };
    if arguments.detach {
        if json {
            output::json(&rebuild)?;
        } else {
            output::line(text(&rebuild, "rebuild_id"))?;
        }
        return Ok(Exit::Done);
    }
    follow(&api, projection, rebuild, json).await
}

impl Arguments {
    /// Whether something is asked for that only read models have.
    fn is_of_a_read_model(&self) -> bool {
        let existing = self.watch.or(self.cancel).or(self.resume);
        self.until.is_some() || self.no_switch || self.detach || existing.is_some()
    }
}

fn order(arguments: &Arguments) -> Value {
    let mut order = json!({ "workers": arguments.workers });
    match (arguments.from, arguments.until) {
        (Some(from), _) => order["from_position"] = json!(from),
        (_, Some(until)) => order["until"] = json!(until),
        _ => order["switch"] = json!(!arguments.no_switch),
    }
    order
}

/// Shows how far a rebuild is until it is over.
pub(crate) async fn follow(api: &Api<'_>, projection: Projection, begun: Value, json: bool) -> Result<Exit> {
    let path = format!("{PROJECTIONS}/{projection}/rebuilds/{}", text(&begun, "rebuild_id"));
    let is_given_up = ["cancelling", "cancelled"].contains(&text(&begun, "status").as_str());
    let (bar, mut rebuild) = (
        progress::bar(begun["total"].as_u64().unwrap_or_default(), "{pos}/{len}, {per_sec}, {eta} left"),
        begun,
    );
    let (mut done, mut idle_looks) = (0, 0);
    while ["running", "cancelling"].contains(&text(&rebuild, "status").as_str()) {
        let now = rebuild["done"].as_u64().unwrap_or_default();
        idle_looks = if now > done { 0 } else { idle_looks + 1 };
        done = now;
        bar.set_length(rebuild["total"].as_u64().unwrap_or_default().max(now));
        bar.set_position(now);
        if idle_looks > IDLE_LOOKS_MAX {
            bar.finish_and_clear();
            bail!(
                "rebuild {} stands still: look into the dead-letter queue of the rebuilds, then \
                 `passbook rebuild {projection} --resume {}`",
                text(&rebuild, "rebuild_id"),
                text(&rebuild, "rebuild_id")
            );
        }
        progress::wait(BETWEEN_LOOKS).await;
        rebuild = api.get(&path, &[]).await?;
    }
    bar.finish_and_clear();
    if json {
        output::json(&rebuild)?;
    } else {
        print(&rebuild)?;
    }
    let is_as_asked = rebuild["status"] == if is_given_up { "cancelled" } else { "completed" };
    Ok(Exit::right_if(is_as_asked))
}

fn print(rebuild: &Value) -> Result<()> {
    let generation = rebuild["generation"].as_u64().map(|number| format!(", generation {number}"));
    output::line(format!(
        "{} {}: {} done{}",
        text(rebuild, "projection"),
        text(rebuild, "status"),
        rebuild["done"],
        generation.unwrap_or_default()
    ))?;
    if rebuild["parked"] != 0 || rebuild["unreadable"] != 0 {
        let words = format!(
            "not all of it could be projected (parked {}, unreadable {}): see `passbook parked`; queries are not led \
             to it by themselves",
            rebuild["parked"], rebuild["unreadable"]
        );
        output::line(output::styled(BAD, words))?;
    }
    let totals = rebuild["totals"].as_array().cloned().unwrap_or_default();
    if totals.is_empty() {
        return Ok(());
    }
    let columns =
        ["currency", "accounts", "balance", "deposits", "withdrawals", "transfers_out", "transfers_in"];
    let row = |total: &Value| {
        let cell =
            |name: &&str| total[*name].as_str().map_or_else(|| total[*name].to_string(), str::to_owned);
        columns.iter().map(cell).collect()
    };
    let rows: Vec<Vec<String>> = totals.iter().map(row).collect();
    output::text(&table::render(&columns, &rows, &[1, 2, 3, 4, 5, 6]))?;
    Ok(())
}
