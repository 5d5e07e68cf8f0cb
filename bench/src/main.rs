//! What a command costs, here and with other event stores. `cargo xtask bench commands` starts DynamoDB Local for it.

mod client;
mod measure;
mod meter;
mod report;
mod tables;
mod variants;

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use measure::{Plan, measure, warm_up};

/// Measure commands against DynamoDB Local.
#[derive(Parser)]
struct Arguments {
    /// Where DynamoDB Local listens.
    #[arg(long, env = "PASSBOOK_DYNAMODB_URL")]
    url: String,
    /// Two lengths and short windows: a minute.
    #[arg(long)]
    quick: bool,
    /// Print what was measured as JSON.
    #[arg(long)]
    json: bool,
    /// What else is to be said of the run: versions, date.
    #[arg(long, default_value = "")]
    note: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let lengths: &[u64] = if arguments.quick { &[10, 1_000] } else { &[10, 100, 1_000, 10_000] };
    let window = Duration::from_millis(if arguments.quick { 500 } else { 2_500 });
    let plan = Plan { window, samples: 300 };
    let (client, meter) = client::client(&arguments.url).await;
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
    let text = report::markdown(&measured, &arguments.note);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
    } else {
        println!("{text}");
    }
    Ok(())
}
