//! One run: a bank that lives, a read side that follows, and faults for a while.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use application::{
    journal::{Sequencer, hand_on},
    ports::{Freshness, Summaries as _},
};
use read_models::{
    history::{HistoryProjector, MemoryTransactionIndex},
    parking::MemoryParking,
    reconcile::{Mode, Reconcile, Scope},
    redrive::Redrive,
    relay::Relay,
    summary::{MemorySummaryTable, SummaryProjector, SummaryReader},
};
use testing::{
    MemoryJournal, TestEnvironment,
    simulator::{Counts, Faults, SimulatedEnvironment, World},
};

use crate::{
    bank::Bank,
    bugs::{Bug, Planted},
    check::{End, check},
    consumers::{is_over, poll_queue, read_shard},
    network::{Behind, LATEST, Network, TIMEOUT, ready},
    stores::Queue,
};

/// From then on nothing fails.
const HEALED_AFTER: Duration = Duration::from_secs(90);

/// But for a search that is out for longer, so that messages become dead letters; and how many requests of a million
/// are lost until then.
const SEARCH_HEALED_AFTER: Duration = Duration::from_mins(25);
const OUTAGE: u32 = 950_000;

/// How long apart a client's questions are.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(1_300);

/// What came of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// A number over each step: two runs with the same one went the same way.
    pub trace: u64,
    /// What happened, and how often.
    pub counts: Counts,
    /// What is wrong in the end.
    pub violations: Vec<String>,
}

/// The stores of the read side.
#[derive(Clone)]
pub(crate) struct ReadSide {
    pub(crate) table: MemorySummaryTable,
    pub(crate) index: MemoryTransactionIndex,
    pub(crate) parking: MemoryParking,
    pub(crate) journal: MemoryJournal,
    pub(crate) queue: Queue,
}

/// Runs a seed, with a bug or without.
#[must_use]
pub fn run(seed: u64, bug: Option<Bug>) -> Run {
    let world = World::new(seed);
    let faults = world.chance(Faults::draw);
    let network = Network::new(world.clone(), faults);
    let bank = Bank::new(world.clone());
    let side = ReadSide {
        table: MemorySummaryTable::default(),
        index: MemoryTransactionIndex::default(),
        parking: MemoryParking::default(),
        journal: MemoryJournal::default(),
        queue: Queue::default(),
    };
    let (dead, backwards) = (Arc::default(), Arc::new(Mutex::new(Vec::new())));
    let healing = network.clone();
    world.after(HEALED_AFTER, move || healing.heal());
    let search = match world.chance(|rng| rng.u32(..6)) {
        0 => {
            let search = Network::new(world.clone(), Faults { request_lost: OUTAGE, ..network.faults() });
            let healing = search.clone();
            world.after(SEARCH_HEALED_AFTER, move || healing.heal());
            search
        }
        _ => network.clone(),
    };
    world.spawn(bank.clone().live());
    summaries(&network, &bank, &side, bug);
    relay(&network, &bank, &side, bug);
    let projector = HistoryProjector::new(
        Behind { network: search, inner: Planted::new(side.index.clone(), bug) },
        Behind { network: network.clone(), inner: side.parking.clone() },
    );
    world.spawn(poll_queue(
        network.clone(),
        bank.clone(),
        side.queue.clone(),
        bug,
        Arc::new(projector),
        Arc::clone(&dead),
    ));
    ask(&network, &bank, &side, bug, &backwards);
    world.run();

    let is_lossy = world.counts().contains_key("records trimmed")
        || !dead.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
    if is_lossy {
        world.count("reconciled");
        reconcile(&bank, &side);
    }
    let backwards = backwards.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let drained = bank.readers.iter().flatten().all(|shard| {
        let records = shard.lock().unwrap_or_else(PoisonError::into_inner);
        records.is_empty()
    });
    let is_drained = drained && side.queue.waiting(|waiting| waiting.is_empty());
    let violations = check(&End { commits: bank.store.all(), side, backwards, is_drained });
    Run { seed, trace: world.trace(), counts: world.counts(), violations }
}

fn summaries(network: &Network, bank: &Bank, side: &ReadSide, bug: Option<Bug>) {
    let projector = Arc::new(SummaryProjector::new(
        Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
        Behind { network: network.clone(), inner: Planted::new(side.table.clone(), bug) },
        Behind { network: network.clone(), inner: side.parking.clone() },
    ));
    for shard in &bank.readers[0] {
        let projector = projector.clone();
        let handle = move |batch| {
            let projector = projector.clone();
            async move { projector.project(batch).await.is_ok() }
        };
        network.world.spawn(read_shard(network.clone(), bank.clone(), shard.clone(), bug, handle));
    }
}

/// Each shard has a relay of its own, as each has its own function at a time.
fn relay(network: &Network, bank: &Bank, side: &ReadSide, bug: Option<Bug>) {
    for shard in &bank.readers[1] {
        let world = network.world.clone();
        let relay = Arc::new(Relay::new(
            Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
            Behind { network: network.clone(), inner: Planted::new(side.journal.clone(), bug) },
            SimulatedEnvironment::new(world.clone(), Duration::ZERO),
            Behind { network: network.clone(), inner: Planted::new(side.queue.clone(), bug) },
            Behind { network: network.clone(), inner: side.parking.clone() },
        ));
        let handle = move |batch| {
            let (relay, world) = (relay.clone(), world.clone());
            async move {
                let relayed = relay.relay(batch, &[]).await;
                if relayed.as_ref().is_ok_and(|relayed| relayed.blocks > 0 && relayed.journaled == 0) {
                    world.count("blocks handed on late");
                }
                relayed.is_ok()
            }
        };
        let (reading, relays) =
            (read_shard(network.clone(), bank.clone(), shard.clone(), bug, handle), bank.relays.clone());
        let world = network.world.clone();
        network.world.spawn(async move {
            reading.await;
            // What it has sent may be late.
            world.sleep(TIMEOUT + LATEST).await;
            relays.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// A client that asks for the newest version it knows of, and must never see anything older.
fn ask(
    network: &Network,
    bank: &Bank,
    side: &ReadSide,
    bug: Option<Bug>,
    backwards: &Arc<Mutex<Vec<String>>>,
) {
    let reader = SummaryReader::new(
        Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
        Behind { network: network.clone(), inner: Planted::new(side.table.clone(), bug) },
    );
    let (world, known, backwards) = (network.world.clone(), bank.known.clone(), Arc::clone(backwards));
    network.world.spawn(async move {
        while !is_over(&world) && world.now() - testing::simulator::START < 120_000_000 {
            world.sleep(BETWEEN_QUESTIONS).await;
            let one = {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                world.chance(|rng| rng.choice(known.iter()).cloned())
            };
            let Some((account_id, version)) = one else { continue };
            if let Ok(summary) = reader.find(&account_id, Freshness::AtLeast(version)).await {
                world.count("queries answered");
                let seen = summary.map_or(0, |summary| summary.version);
                if seen < version {
                    let mut backwards = backwards.lock().unwrap_or_else(PoisonError::into_inner);
                    backwards.push(format!("{account_id}: asked for {version}, got {seen}"));
                }
            }
        }
    });
}

/// What an operator does after records were lost.
fn reconcile(bank: &Bank, side: &ReadSide) {
    let sequencer = || Sequencer::new(bank.store.clone(), side.journal.clone(), TestEnvironment::default());
    let redrive = Redrive::new(
        bank.store.clone(),
        side.table.clone(),
        side.index.clone(),
        side.parking.clone(),
        sequencer(),
    );
    let environment = TestEnvironment::default();
    environment.advance(7_200);
    ready(Reconcile::new(redrive, environment, Mode::Repair).run(&Scope::default(), |_| {})).unwrap();
    struct Into(Queue);
    impl application::journal::Outbox for Into {
        type Error = std::convert::Infallible;

        async fn send(&self, journaled: &application::journal::Journaled) -> Result<(), Self::Error> {
            self.0.take(journaled);
            Ok(())
        }
    }
    ready(hand_on(&bank.store, &side.journal, &Into(side.queue.clone()), &[])).unwrap();
    side.queue.waiting(Vec::clear);
}
