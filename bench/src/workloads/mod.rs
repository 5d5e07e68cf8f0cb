//! Our event store under the workloads of an open benchmark, by its names. Each has a table of its own, and its run fails if
//! that does not hold in the end exactly what was acknowledged.

mod catalogue;
mod check;
mod client;
mod payload;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use application::{Commit, Stream};
use event_store::{DynamoDbEventStore, item_from_commit};
use fastrand::Rng;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::{
    client as dynamodb,
    meter::{Cost, Meter},
    tables,
    variants::next,
};
use catalogue::Workload;
use client::{Choice, Client, Counts};
use payload::{Payload, Payloads};

/// Theirs: `SEED ?= 42`.
const SEED: u64 = 42;

/// What comes before the clock runs, with the same clients. Theirs: one second.
const WARM_UP: Duration = Duration::from_millis(500);
/// What comes after it, while units and requests are counted.
const COUNTED: Duration = Duration::from_millis(300);
const QUICK: Duration = Duration::from_millis(500);
const FIRST_WARM_UP: Duration = Duration::from_secs(3);

/// What is printed.
#[derive(Serialize)]
pub struct Report {
    window_ms: u128,
    runs: Vec<Measured>,
}

/// One workload.
#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    workload: Workload,
    appends: Option<Figures>,
    reads: Option<Figures>,
    /// What the table was found to hold in the end.
    checked_commits: usize,
    checked_streams: usize,
}

/// Operations of one kind.
#[derive(Serialize)]
struct Figures {
    operations: usize,
    per_second: f64,
    events_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    conflicts: u32,
    given_up: u32,
    /// Of one operation on average, with its retries.
    cost: Cost,
}

/// Measures all of them.
pub async fn run(url: &str, window: Duration, quick: bool) -> Result<Report> {
    let window = if quick { QUICK } else { window };
    let bench = Bench::new(url).await;
    bench.measure("workload-warm-up", catalogue::warm_up(), FIRST_WARM_UP.min(window * 2)).await?;
    let mut runs = Vec::new();
    for (number, workload) in catalogue::all(quick).into_iter().enumerate() {
        let name = workload.name.clone();
        eprintln!("{name}");
        let measured = bench.measure(&format!("workload-{number}"), workload, window).await;
        runs.push(measured.with_context(|| format!("{name} has failed"))?);
    }
    Ok(Report { window_ms: window.as_millis(), runs })
}

/// Two clients of one database, so that what appends cost is told from what reads cost.
struct Bench {
    appends: (aws_sdk_dynamodb::Client, Meter),
    reads: (aws_sdk_dynamodb::Client, Meter),
}

impl Bench {
    async fn new(url: &str) -> Self {
        Self { appends: dynamodb::client(url).await, reads: dynamodb::client(url).await }
    }

    async fn measure(&self, table: &str, workload: Workload, window: Duration) -> Result<Measured> {
        tables::create(&self.appends.0, table, &[("stream", false), ("version", true)], None).await?;
        let mut acknowledged = self.fill(table, &workload).await?;
        let mut clients = self.clients(table, workload.clone());
        phase(&mut clients, WARM_UP.min(window)).await?;
        let began = Instant::now();
        let timed = phase(&mut clients, window).await?;
        let took = began.elapsed();
        let before = self.meters(true);
        let counted = phase(&mut clients, COUNTED).await?;
        let after = self.meters(false);
        let [appends, reads] = [0, 1].map(|kind| {
            let operations = counted[kind].times_ms.len() + counted[kind].given_up as usize;
            let cost = after[kind].each(before[kind], u32::try_from(operations).unwrap_or(u32::MAX));
            figures(&timed[kind], took, cost)
        });
        acknowledged.extend(clients.into_iter().flat_map(|client| client.acknowledged));
        let store = self.store(&self.reads.0, table);
        let checked_streams = check::check(&check::stored(&store).await?, &acknowledged)?;
        self.appends.0.delete_table().table_name(table).send().await?;
        Ok(Measured { workload, appends, reads, checked_commits: acknowledged.len(), checked_streams })
    }

    fn store(&self, client: &aws_sdk_dynamodb::Client, table: &str) -> DynamoDbEventStore {
        DynamoDbEventStore::new(client.clone(), table.to_owned())
    }

    /// Switches both, and reads them.
    fn meters(&self, is_on: bool) -> [Cost; 2] {
        [&self.appends.1, &self.reads.1].map(|meter| {
            meter.switch(is_on);
            meter.read()
        })
    }

    /// What is there before: each event a commit of its own. Nobody looks on yet, so they go in by batches.
    async fn fill(&self, table: &str, workload: &Workload) -> Result<Vec<Commit>> {
        let store = self.store(&self.appends.0, table);
        let streams = if workload.length > 0 { workload.streams.shared() } else { 0 };
        let mut commits = Vec::new();
        for place in 0..streams {
            let id = client::stream_id(place);
            let mut stream = Stream::<Payloads> { id, version: 0, state: None, newest: None };
            for _ in 0..workload.length {
                let commit = next(&stream, &Payload(workload.event_bytes))?;
                commits.push(commit.clone());
                stream = Stream::at(&store, commit).await?;
            }
        }
        let items =
            commits.iter().map(|commit| Ok(item_from_commit(commit)?.into())).collect::<Result<_>>()?;
        tables::fill(&self.appends.0, table, items).await?;
        Ok(commits)
    }

    fn clients(&self, table: &str, workload: Workload) -> Vec<Client> {
        let choice = Arc::new(Choice::new(workload.streams));
        let workload = Arc::new(workload);
        let client = |number| Client {
            appends: self.store(&self.appends.0, table),
            reads: self.store(&self.reads.0, table),
            workload: workload.clone(),
            choice: choice.clone(),
            chance: Rng::with_seed(SEED + number as u64),
            number,
            own: None,
            turns: 0,
            acknowledged: Vec::new(),
        };
        (0..workload.writers + workload.readers).map(client).collect()
    }
}

/// Lets all clients run for so long: what came of appends, and of reads.
async fn phase(clients: &mut Vec<Client>, window: Duration) -> Result<[Counts; 2]> {
    let mut tasks = JoinSet::new();
    for mut client in clients.drain(..) {
        tasks.spawn(async move {
            let counts = client.run(window).await?;
            anyhow::Ok((client, counts))
        });
    }
    let mut sums = [Counts::default(), Counts::default()];
    while let Some(ended) = tasks.join_next().await {
        let (client, counts) = ended??;
        clients.push(client);
        sums.iter_mut().zip(counts).for_each(|(sum, counts)| sum.add(counts));
    }
    Ok(sums)
}

/// `None` if there were no operations of this kind.
fn figures(counts: &Counts, took: Duration, cost: Cost) -> Option<Figures> {
    let mut times = counts.times_ms.clone();
    times.sort_by(f64::total_cmp);
    let at =
        |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    let each_second = |count: usize| count as f64 / took.as_secs_f64();
    Some(Figures {
        operations: times.len(),
        per_second: each_second(times.len()),
        events_per_second: each_second(counts.events),
        p50_ms: at(50)?,
        p99_ms: at(99)?,
        conflicts: counts.conflicts,
        given_up: counts.given_up,
        cost,
    })
}
