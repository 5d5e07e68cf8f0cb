//! One schedule of faults: a world of its own, a storm while its clients are at work, and what came of it.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bank::{
    clock::{now, pause},
    outage::{FUNCTIONS, Killed, restart},
};
use fastrand::Rng;
use futures::future::join_all;
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::{
    client::{Client, open_all},
    clock::Clock,
    proxy::{Counts, Proxy, Weather},
    sending::Sent,
    stores::Stores,
    verdict::{Record, unconverged},
    world::World,
};

/// How many clients send at a time. Each request is a process on the local stack.
const CLIENTS: u64 = 24;

/// How long requests may go on that nobody waits for any more.
const DRAINED: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How often it is said how far a schedule is.
const BETWEEN_WORDS: Duration = Duration::from_secs(30);

/// How long read models may take: a message that was not taken comes again after 30 seconds on the local stack.
const CONVERGENCE: Duration = Duration::from_mins(5);

/// What a schedule does to the bank.
pub(crate) struct Schedule {
    pub(crate) number: usize,
    pub(crate) operations: usize,
    accounts: usize,
    weather: Weather,
    /// Between one function that is killed and the next.
    between_kills: Option<Duration>,
    /// A server that is killed, and how many seconds it is away.
    outage: Option<(&'static str, u32)>,
    rng: Rng,
}

/// What came of it, for the table.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) schedule: usize,
    pub(crate) operations: usize,
    seconds: f64,
    /// Commands, however often each was sent.
    commands: usize,
    ok: usize,
    refused: usize,
    /// Commands that nobody knew of for a while, and then did.
    unknown_resolved: usize,
    /// Commands that were said to have had no effect, and not sent again.
    abandoned: usize,
    reads: usize,
    faults: Counts,
    functions_killed: usize,
    server_killed: Option<&'static str>,
    pub(crate) violations: Vec<String>,
}

impl Outcome {
    /// In a few words.
    pub(crate) fn line(&self) -> String {
        let faults: u64 = self.faults.values().sum();
        format!(
            "{} operations in {:.0} s: {} ok, {} refused, {} unknown and resolved; {faults} faults, {} functions killed",
            self.operations,
            self.seconds,
            self.ok,
            self.refused,
            self.unknown_resolved,
            self.functions_killed
        )
    }
}

/// A schedule whose read models still have time.
pub(crate) struct Settled {
    world: World,
    record: Record,
    outcome: Outcome,
}

impl Schedule {
    /// The schedule of this number in the run of a seed.
    pub(crate) fn draw(
        seed: u64,
        number: usize,
        operations: usize,
        accounts: usize,
        tables: &[&str],
    ) -> Self {
        let mut rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        // The first has something of everything, so that a run of few schedules has it too.
        let weather = match number {
            0 => Weather::mixed(),
            _ => Weather::draw(&mut rng, tables),
        };
        let kills = [None, Some(2_000), Some(700)][if number == 0 { 2 } else { rng.usize(..3) }];
        let servers = [None, Some(("redis", 2)), Some(("opensearch", 2))];
        let outage = servers[if number < 2 { number + 1 } else { rng.usize(..servers.len()) }];
        Self {
            number,
            operations,
            accounts,
            weather,
            between_kills: kills.map(Duration::from_millis),
            outage,
            rng,
        }
    }

    /// Runs it, until every command is answered.
    pub(crate) async fn run(mut self, name: &str, clock: Clock, proxy: &Proxy, stores: &Stores) -> Settled {
        let begun = now();
        let world = World::of(name, clock, self.accounts).await;
        open_all(&world).await;
        proxy.change(self.weather.clone());
        let (sent, functions_killed) = self.storm(&world).await;
        proxy.change(Weather::default());
        calm(proxy).await;
        world.settle_all(&sent, &mut self.rng).await;
        world.read_all().await;

        let record = Record::of(&world, stores, proxy.take_arrivals()).await;
        let firsts = record.entries.iter().filter_map(|entry| entry.answers.first());
        let (ok, refused): (Vec<_>, Vec<_>) = firsts.partition(|(said, _)| said.is_done());
        let unsure = world.unsure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let outcome = Outcome {
            schedule: self.number,
            operations: world.operations(self.operations),
            seconds: begun.elapsed().as_secs_f64(),
            commands: record.entries.len(),
            ok: ok.len(),
            refused: refused.len(),
            unknown_resolved: unsure.iter().filter(|place| world.history.is_answered(**place)).count(),
            abandoned: record.entries.iter().filter(|entry| entry.is_abandoned).count(),
            reads: record.reads.len(),
            faults: proxy.take_counts(),
            functions_killed,
            server_killed: self.outage.map(|(server, _)| server),
            violations: record.violations(),
        };
        Settled { world, record, outcome }
    }

    /// Everything at once: clients, kills, and a server that goes away.
    async fn storm(&mut self, world: &World) -> (Vec<Sent>, usize) {
        let is_over = AtomicBool::new(false);
        let (operations, rng) = (self.operations, &mut self.rng);
        let clients: Vec<Client<'_>> = (0..CLIENTS).map(|_| Client::new(world, rng.fork())).collect();
        let clients = async {
            let sent = join_all(clients.into_iter().map(|client| client.run(operations))).await;
            is_over.store(true, Ordering::Relaxed);
            sent.into_iter().flatten().collect()
        };
        let outage = async {
            if let Some((server, away_seconds)) = self.outage {
                pause(Duration::from_secs(1)).await;
                spawn_blocking(move || restart(server, away_seconds)).await.expect("it comes back");
            }
        };
        let progress = tell(world, self.number, operations, &is_over);
        let (sent, killed, (), ()) =
            tokio::join!(clients, kill(self.between_kills, &is_over), outage, progress);
        (sent, killed)
    }
}

impl Settled {
    /// Whether commands and commits are right.
    pub(crate) fn is_right(&self) -> bool {
        self.outcome.violations.is_empty()
    }

    /// What came of it, once its read models have had their time.
    pub(crate) async fn converged(self, stores: &Stores) -> Outcome {
        let Self { world, record, mut outcome } = self;
        let (violations, _) = unconverged(&world, stores, &record.commits, CONVERGENCE).await;
        outcome.violations.extend(violations);
        outcome
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// Kills a process of every function in turn, until all is over. Returns how many were killed.
async fn kill(between: Option<Duration>, is_over: &AtomicBool) -> usize {
    static KILLED: Mutex<Killed> = Mutex::new(Killed::none());
    let count = || KILLED.lock().map_or(0, |killed| killed.0.values().sum::<usize>());
    let before = count();
    let Some(between) = between else { return 0 };
    for function in FUNCTIONS.into_iter().cycle() {
        pause(between).await;
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let one = move || KILLED.lock().map(|mut killed| killed.one_of(function)).unwrap_or_default();
        spawn_blocking(one).await.expect("a process is killed or not");
    }
    count() - before
}

/// Says now and then how far it is.
async fn tell(world: &World, schedule: usize, operations: usize, is_over: &AtomicBool) {
    let mut told = now();
    while !is_over.load(Ordering::Relaxed) {
        pause(BETWEEN_LOOKS).await;
        if told.elapsed() > BETWEEN_WORDS {
            told = now();
            eprintln!("  … schedule {schedule}: {} of {operations} operations", world.operations(operations));
        }
    }
}

/// Waits until no request is on its way that somebody has given up.
async fn calm(proxy: &Proxy) {
    let begun = now();
    while proxy.under_way() > 0 && begun.elapsed() < DRAINED {
        pause(BETWEEN_LOOKS).await;
    }
}
