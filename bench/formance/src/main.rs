//! The bank beside Formance Ledger, over HTTP, by the same clients. `cargo xtask bench formance` starts the servers for it,
//! and makes a section of docs/benchmarks.md of what this prints.

#![expect(
    clippy::disallowed_methods,
    reason = "clients of servers that have clocks of their own: they only time answers"
)]

mod ask;
mod formance;
mod load;
mod long;
mod one_key;
mod passbook;
mod reads;
mod serve;
mod side;
mod stack;
/// One source for several benchmarks, whose dependencies are not to be each other's.
#[path = "../../src/stores.rs"]
mod stores;
#[path = "../../src/tables.rs"]
mod tables;
mod writes;

use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use formance::Formance;
use load::Plan;
use passbook::Passbook;
use side::Side;
use stores::Stores;
use writes::Kind;

/// Measure the bank beside Formance Ledger.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Serve(serve::Arguments),
    Commands(Sides),
    Questions(Questions),
    Theirs(Theirs),
    Stack(stack::Arguments),
}

/// Measure commands of Formance Ledger alone.
#[derive(Args)]
struct Theirs {
    /// Where it listens.
    #[arg(long)]
    formance_url: String,
    #[command(flatten)]
    windows: Windows,
}

/// Measure commands on both sides, in turns.
#[derive(Args)]
struct Sides {
    /// Where Formance Ledger listens.
    #[arg(long)]
    formance_url: String,
    /// Where `serve` listens.
    #[arg(long)]
    passbook_url: String,
    #[command(flatten)]
    windows: Windows,
}

/// Measure questions on both sides, in turns.
#[derive(Args)]
struct Questions {
    #[command(flatten)]
    sides: Sides,
    /// Where DynamoDB Local listens.
    #[arg(long)]
    dynamodb_url: String,
    /// Where OpenSearch listens.
    #[arg(long)]
    opensearch_url: String,
}

/// How long is measured.
#[derive(Args)]
struct Windows {
    /// The length of a window of commands; a question has half of it.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Short windows and short histories alone.
    #[arg(long)]
    quick: bool,
}

impl Windows {
    fn writes(&self) -> Plan {
        let (rounds, seconds) = if self.quick { (2, self.seconds.min(1)) } else { (3, self.seconds) };
        Plan { rounds, window_ms: seconds * 1_000, warm_up_ms: 1_000 }
    }

    fn reads(&self) -> Plan {
        let writes = self.writes();
        Plan { window_ms: writes.window_ms / 2, warm_up_ms: 300, ..writes }
    }
}

/// What is printed of commands.
#[derive(Serialize)]
struct Commanded {
    writing: Plan,
    writes: Vec<writes::Measured>,
    one_key: Vec<one_key::Measured>,
}

/// What is printed of questions.
#[derive(Serialize)]
struct Answered {
    reading: Plan,
    reads: Vec<reads::Point>,
}

const WRITERS: [usize; 2] = [8, 32];
const READERS: [usize; 2] = [1, 8];
const LENGTHS: [usize; 4] = [100, 1_000, 10_000, 100_000];
const LENGTHS_QUICK: usize = 2;
const TRIALS: usize = 5;
const TRIALS_QUICK: usize = 2;

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Serve(arguments) => serve::run(&arguments).await,
        Task::Commands(arguments) => commands(&arguments).await,
        Task::Questions(arguments) => questions(&arguments).await,
        Task::Theirs(arguments) => theirs(&arguments).await,
        Task::Stack(arguments) => stack::run(arguments).await,
    }
}

impl Sides {
    fn both(&self) -> (Arc<Formance>, [Arc<dyn Side>; 2]) {
        let formance = Arc::new(Formance::new(&self.formance_url));
        let theirs: Arc<dyn Side> = Arc::<Formance>::clone(&formance);
        (formance, [theirs, Arc::new(Passbook::new(&self.passbook_url, Vec::new()))])
    }
}

async fn commands(arguments: &Sides) -> Result<()> {
    let (windows, (_, both)) = (&arguments.windows, arguments.both());
    let mut writes = Vec::new();
    for kind in [Kind::Deposits, Kind::HotAccount, Kind::Transfers, Kind::DepositsWithoutKey] {
        // Ours takes no command without a key.
        let sides = if kind == Kind::DepositsWithoutKey { &both[..1] } else { &both[..] };
        for clients in WRITERS {
            writes.push(writes::measure(sides, kind, clients, None, windows.writes()).await?);
        }
    }
    let mut one_key = Vec::new();
    for side in &both {
        one_key.push(one_key::measure(side, if windows.quick { TRIALS_QUICK } else { TRIALS }).await?);
    }
    println!("{}", serde_json::to_string_pretty(&Commanded { writing: windows.writes(), writes, one_key })?);
    Ok(())
}

async fn questions(arguments: &Questions) -> Result<()> {
    let (windows, (formance, both)) = (&arguments.sides.windows, arguments.sides.both());
    let stores = Stores::connect(&arguments.dynamodb_url, &arguments.opensearch_url).await?;
    let mut reads = Vec::new();
    for length in LENGTHS.into_iter().take(if windows.quick { LENGTHS_QUICK } else { LENGTHS.len() }) {
        reads.push(reads::measure(length, (&formance, &stores), &both, &READERS, windows.reads()).await?);
    }
    println!("{}", serde_json::to_string_pretty(&Answered { reading: windows.reads(), reads })?);
    Ok(())
}

async fn theirs(arguments: &Theirs) -> Result<()> {
    let side: Arc<dyn Side> = Arc::new(Formance::new(&arguments.formance_url));
    let mut written = Vec::new();
    for kind in [Kind::Deposits, Kind::HotAccount, Kind::Transfers] {
        for clients in WRITERS {
            let sides = std::slice::from_ref(&side);
            written.push(writes::measure(sides, kind, clients, None, arguments.windows.writes()).await?);
        }
    }
    println!("{}", serde_json::to_string_pretty(&written)?);
    Ok(())
}
