//! The bank under faults, in the manner of Jepsen: on the deployed stack, with clients over HTTP, a proxy before DynamoDB
//! that loses answers, and kills; then every check of the simulators over what was recorded and what is stored.
//!
//! `cargo xtask fire` brings the stack up and calls it. It prints a report as JSON, and its progress on the other output.
//! A seed says which commands are sent and which faults happen how often; when each meets what, the machine decides.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report and the way to it are the output")]
#![expect(clippy::expect_used, reason = "a test that cannot go on has to say where")]

mod client;
mod clock;
mod forged;
mod order;
mod planted;
mod proxy;
mod reads;
mod said;
mod schedule;
mod sending;
mod settle;
mod stores;
mod verdict;
mod world;

use std::{net::Ipv4Addr, process::ExitCode};

use bank::machine::run;
use clap::Parser;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;

use clock::Clock;
use planted::Seen;
use proxy::Proxy;
use schedule::{Outcome, Schedule, Settled};
use stores::{Stores, Tables};

/// Set the bank on fire, and see whether it stays right.
#[derive(Parser)]
struct Arguments {
    /// Where the functions look for DynamoDB.
    #[arg(long)]
    proxy_port: u16,
    /// How many operations in all: commands, replays and reads.
    #[arg(long)]
    operations: usize,
    /// Over how many schedules of faults.
    #[arg(long)]
    schedules: usize,
    /// The first of the accounts' number; a schedule has its own.
    #[arg(long)]
    accounts: usize,
    #[arg(long)]
    seed: u64,
}

#[derive(Serialize)]
struct Report {
    seed: u64,
    accounts: usize,
    schedules: Vec<Outcome>,
    /// What the command line says of the whole bank, before bugs are planted in it.
    bank: Vec<String>,
    planted: Vec<Seen>,
}

impl Report {
    fn is_right(&self) -> bool {
        let are_right = self.schedules.iter().all(|outcome| outcome.violations.is_empty());
        are_right && self.bank.is_empty() && self.planted.iter().all(|seen| seen.is_seen)
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (clock, tables) = (Clock::start(), Tables::of_stack());
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.proxy_port)).await.expect("the port is free");
    let proxy = Proxy::new(clock, tables.clone(), arguments.seed);
    tokio::spawn(proxy.clone().serve(listener));
    let stores = Stores::of(tables).await;

    let schedules = schedules(&arguments, clock, &proxy, &stores).await;
    let bank = tokio::task::spawn_blocking(whole_bank).await.expect("the command line answers");
    eprintln!("  … planted bugs");
    let planted = planted::prove("fire", clock, &proxy, &stores, arguments.seed).await;
    let report = Report { seed: arguments.seed, accounts: arguments.accounts, schedules, bank, planted };
    println!("{}", serde_json::to_string_pretty(&report).expect("a report is JSON"));
    if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One after the other; the read models of each have until the end of the next to converge.
async fn schedules(arguments: &Arguments, clock: Clock, proxy: &Proxy, stores: &Stores) -> Vec<Outcome> {
    let (mut outcomes, mut last) = (Vec::new(), None::<Settled>);
    for number in 0..arguments.schedules {
        let operations = arguments.operations.div_ceil(arguments.schedules);
        let names = stores.tables.names();
        let schedule = Schedule::draw(arguments.seed, number, operations, arguments.accounts, &names);
        let settled = schedule.run(&format!("fire{number}"), clock, proxy, stores).await;
        let verdict = if settled.is_right() { "✓" } else { "✗" };
        eprintln!("  {verdict} schedule {number}: {}", settled.outcome().line());
        if let Some(before) = last.replace(settled) {
            outcomes.push(before.converged(stores).await);
        }
    }
    if let Some(last) = last {
        eprintln!("  … wait for the read models");
        outcomes.push(last.converged(stores).await);
    }
    outcomes
}

/// What the real command line finds wrong with everything that is stored, and with every read model.
fn whole_bank() -> Vec<String> {
    let faults = json(&run("passbook", &["verify", "--all", "--json"]))["faults"].clone();
    let differences = json(&run("passbook", &["reconcile", "--check", "--json"]))["found"].clone();
    let all = |found: Value| found.as_array().cloned().unwrap_or_default();
    all(faults).into_iter().chain(all(differences)).map(|found| found.to_string()).collect()
}

fn json(printed: &str) -> Value {
    serde_json::from_str(printed).expect("JSON")
}
