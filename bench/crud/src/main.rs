//! The query side beside a normalized PostgreSQL, with the same transactions in both. `cargo xtask bench crud` starts the
//! servers for it, and makes a section of docs/benchmarks.md of what this prints.

mod bank;
mod busy;
mod check;
mod crud;
mod measure;
mod source;
/// One source for several benchmarks, whose dependencies are not to be each other's.
#[path = "../../src/stores.rs"]
mod stores;
#[path = "../../src/tables.rs"]
mod tables;

use std::{path::PathBuf, time::Instant};

use anyhow::{Context as _, Result};
use application::ports::Environment as _;
use axum::Router;
use clap::Parser;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use bank::{Chunk, Known};
use measure::{Measured, Plan};
use source::Source;

/// Measure account summaries and history pages, here and in PostgreSQL.
#[derive(Parser)]
struct Arguments {
    /// Where DynamoDB Local listens.
    #[arg(long)]
    dynamodb_url: String,
    /// Where OpenSearch listens.
    #[arg(long)]
    opensearch_url: String,
    /// How PostgreSQL is reached, as libpq writes it.
    #[arg(long)]
    postgres: String,
    /// Transactions to multiply, in the form that `passbook import` reads.
    #[arg(long)]
    data: PathBuf,
    /// The largest size of the bank; the others are its tenth, its hundredth and so on, down to ten thousand.
    #[arg(long, default_value_t = 1_000_000)]
    transactions: usize,
    /// The smallest size, short accounts and short windows alone.
    #[arg(long)]
    quick: bool,
}

const SIZE_MIN: usize = 10_000;
const LENGTHS: [usize; 4] = [100, 1_000, 10_000, 100_000];
const LENGTHS_QUICK: [usize; 2] = [100, 10_000];

/// What is printed.
#[derive(Serialize)]
struct Report {
    plan: Plan,
    source_accounts: usize,
    source_transactions: usize,
    checked_accounts: usize,
    checked_questions: usize,
    /// Accounts as customers have them, in banks of several sizes.
    sizes: Vec<Point>,
    /// One account of several lengths, in the largest of these banks.
    lengths: Vec<Point>,
}

/// What was measured at one size, or at one length.
#[derive(Serialize)]
struct Point {
    wanted: usize,
    /// All that the bank has by then.
    transactions: usize,
    accounts: usize,
    /// The transactions of the account, or of a customer's on average.
    each: usize,
    crud_load_seconds: f64,
    passbook_load_seconds: f64,
    measured: Vec<Measured>,
}

/// Both systems, and what is in them.
struct Banks {
    crud: crud::Crud,
    passbook: stores::Stores,
    routers: [(&'static str, Router); 2],
    transactions: usize,
    accounts: usize,
    crud_load_seconds: f64,
    passbook_load_seconds: f64,
}

impl Banks {
    async fn open(arguments: &Arguments) -> Result<Self> {
        let crud = crud::Crud::open(&arguments.postgres).await?;
        let passbook = stores::Stores::create(&arguments.dynamodb_url, &arguments.opensearch_url).await?;
        let routers = [("crud", crud.router()), ("passbook", http_api::router(passbook.routes()))];
        Ok(Self {
            crud,
            passbook,
            routers,
            transactions: 0,
            accounts: 0,
            crud_load_seconds: 0.0,
            passbook_load_seconds: 0.0,
        })
    }

    async fn load(&mut self, chunk: &Chunk) -> Result<()> {
        let began = Instant::now();
        self.crud.load(chunk).await.context("PostgreSQL cannot be loaded")?;
        self.crud_load_seconds += began.elapsed().as_secs_f64();
        let began = Instant::now();
        // Neither question reads events.
        self.passbook
            .load(&[], &chunk.summaries, chunk.transactions())
            .await
            .context("the read models cannot be loaded")?;
        self.passbook_load_seconds += began.elapsed().as_secs_f64();
        self.transactions += chunk.bookings.len();
        self.accounts += chunk.summaries.len();
        Ok(())
    }

    /// Checks and measures these accounts, once all that was loaded can be found.
    async fn ask(&mut self, wanted: usize, each: usize, known: &[Known], plan: &Plan) -> Result<Point> {
        self.crud.settle().await?;
        self.passbook.settle().await?;
        eprintln!("    compare and measure {} accounts", known.len());
        check::same_answers(&self.routers, known).await?;
        let measured = measure::measure(&self.routers, known, plan).await?;
        Ok(Point {
            wanted,
            transactions: self.transactions,
            accounts: self.accounts,
            each,
            crud_load_seconds: std::mem::take(&mut self.crud_load_seconds),
            passbook_load_seconds: std::mem::take(&mut self.passbook_load_seconds),
            measured,
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let source = Source::read(&arguments.data, SystemEnvironment.now())?;
    let plan = if arguments.quick { Plan::quick() } else { Plan::whole() };
    let mut banks = Banks::open(&arguments).await?;
    let mut sizes = Vec::new();
    let (mut copies, mut known) = (0_u32.., Vec::new());
    for size in sizes_up_to(if arguments.quick { SIZE_MIN } else { arguments.transactions }) {
        while let Some(rows) = size.checked_sub(banks.transactions).filter(|rows| *rows > 0) {
            let copy = copies.next().context("copies are numbered")?;
            let chunk = bank::copy(copy, &source.some(rows))?;
            known.extend(chunk.known());
            banks.load(&chunk).await?;
            eprintln!("    {} of {size} transactions are in", banks.transactions);
        }
        sizes.push(banks.ask(size, banks.transactions / banks.accounts.max(1), &known, &plan).await?);
    }
    let mut lengths = Vec::new();
    for length in if arguments.quick { &LENGTHS_QUICK[..] } else { &LENGTHS[..] } {
        let copy = copies.next().context("copies are numbered")?;
        let chunk = bank::copy(copy, &busy::account(&source, *length))?;
        let busy: Vec<Known> = chunk.known().into_iter().filter(Known::is_busy).collect();
        let each = chunk.length_of(&busy);
        banks.load(&chunk).await?;
        lengths.push(banks.ask(*length, each, &busy, &plan).await?);
    }
    let report = Report {
        plan,
        source_accounts: source.accounts(),
        source_transactions: source.rows.len(),
        checked_accounts: check::ACCOUNTS,
        checked_questions: check::QUESTIONS.len(),
        sizes,
        lengths,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// Ten thousand, a hundred thousand and so on, and at last the largest.
fn sizes_up_to(largest: usize) -> Vec<usize> {
    let tens = std::iter::successors(Some(SIZE_MIN), |size| size.checked_mul(10));
    tens.take_while(|size| *size < largest).chain([largest]).collect()
}
