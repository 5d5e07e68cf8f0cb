//! What a command costs, here and with other event stores, and what our event store does under the workloads of an open
//! benchmark. `cargo xtask bench commands` and `workloads` start DynamoDB Local for it.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock, and has real ids and waits")]

mod client;
mod measure;
mod meter;
mod report;
mod tables;
mod variants;
mod workloads;

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use measure::{Plan, measure, warm_up};

/// Measure against DynamoDB Local.
#[derive(Parser)]
struct Arguments {
    /// Where DynamoDB Local listens.
    #[arg(long, env = "PASSBOOK_DYNAMODB_URL")]
    url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Deposits and transfers, beside other event stores.
    Commands {
        /// Two lengths and short windows: a minute.
        #[arg(long)]
        quick: bool,
        /// Print what was measured as JSON.
        #[arg(long)]
        json: bool,
        /// What else is to be said of the run: versions, date.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Appends and reads as an open benchmark has them, as JSON.
    Workloads {
        /// How long each is measured.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Half a second each, over a tenth of the streams, and of a sweep only its ends.
        #[arg(long)]
        quick: bool,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { url, what } = Arguments::parse();
    match what {
        What::Commands { quick, json, note } => commands(&url, quick, json, &note).await,
        What::Workloads { seconds, quick } => {
            let report = workloads::run(&url, Duration::from_secs(seconds), quick).await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            Ok(())
        }
    }
}

async fn commands(url: &str, quick: bool, json: bool, note: &str) -> Result<()> {
    let lengths: &[u64] = if quick { &[10, 1_000] } else { &[10, 100, 1_000, 10_000] };
    let window = Duration::from_millis(if quick { 500 } else { 2_500 });
    let plan = Plan { window, samples: 300 };
    let (client, meter) = client::client(url).await;
    let variants = variants::all(&client).await?;
    let mut measured = Vec::new();
    for variant in &variants {
        warm_up(variant.as_ref()).await?;
    }
    for variant in &variants {
        for length in lengths {
            eprintln!("{} at a history of {length}", variant.name());
            let name = || format!("{} at {length} cannot be measured", variant.name());
            measured.push(measure(variant.as_ref(), &meter, *length, plan).await.with_context(name)?);
        }
    }
    let text = report::markdown(&measured, note);
    if json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
    } else {
        println!("{text}");
    }
    Ok(())
}
