//! The functions of the read side, each as its package composes it, over stores behind a network.

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use read_models::{history::HistoryProjector, relay::Relay, summary::SummaryProjector};
use testing::simulator::{SimulatedEnvironment, World};

use crate::{
    bugs::{Bug, Planted},
    network::{Behind, LATEST, TIMEOUT},
    queue::{Message, poll},
    run::{ReadSide, Setting},
    stream::{RETENTION, read_shard},
};

/// How much of what happened in the first minutes is gone when a reader comes back.
const AWAY_LONGER: Duration = Duration::from_secs(90);

/// How long a reader of a shard is away at first: in some banks longer than the stream keeps its records.
fn absence(world: &World, is_away: bool) -> Duration {
    match is_away && world.chance(|rng| rng.u32(..3)) > 0 {
        true => RETENTION + world.chance(|rng| AWAY_LONGER.mul_f64(rng.f64())),
        false => Duration::ZERO,
    }
}

pub(crate) fn summaries(setting: &Setting, side: &ReadSide, bug: Option<Bug>) {
    let Setting { world, network, bank, is_away, .. } = setting;
    let projector = Arc::new(SummaryProjector::new(
        Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
        Behind { network: network.clone(), inner: Planted::new(side.rows.clone(), bug) },
        Behind { network: network.clone(), inner: side.parking.clone() },
    ));
    for shard in &bank.readers[0].shards {
        let (projector, absent) = (projector.clone(), absence(world, *is_away));
        let handle = move |batch| {
            let projector = projector.clone();
            async move { projector.project(batch).await.is_ok() }
        };
        let (inside, bank) = (world.clone(), bank.clone());
        let reading = read_shard(network.clone(), shard.clone(), bug, move || bank.is_closed(), handle);
        world.spawn(async move {
            inside.sleep(absent).await;
            reading.await;
        });
    }
}

/// Each shard has a relay of its own, as each has its own function at a time.
pub(crate) fn relay(setting: &Setting, side: &ReadSide, bug: Option<Bug>) {
    let Setting { world, network, bank, is_away, .. } = setting;
    for shard in &bank.readers[1].shards {
        let (network, bank, side) = (network.clone(), bank.clone(), side.clone());
        let (inside, absent) = (world.clone(), absence(world, *is_away));
        let start = {
            let (network, bank) = (network.clone(), bank.clone());
            move || {
                Arc::new(Relay::new(
                    Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
                    Behind { network: network.clone(), inner: Planted::new(side.journal.clone(), bug) },
                    SimulatedEnvironment::new(network.world.clone(), Duration::ZERO),
                    Behind { network: network.clone(), inner: Planted::new(side.queue.clone(), bug) },
                    Behind { network: network.clone(), inner: side.parking.clone() },
                ))
            }
        };
        let instance = Mutex::new(start());
        let handle = move |batch| {
            // Now and then a function is started anew, and knows nothing of the journal.
            let mut instance = instance.lock().unwrap_or_else(PoisonError::into_inner);
            if inside.chance(|rng| rng.u32(..4)) == 0 {
                *instance = start();
            }
            let (relay, world) = (instance.clone(), inside.clone());
            async move {
                let relayed = relay.relay(batch, &[]).await;
                if relayed.as_ref().is_ok_and(|relayed| relayed.blocks > 0 && relayed.journaled == 0) {
                    world.count("blocks handed on late");
                }
                relayed.is_ok()
            }
        };
        let (inside, closing, relays) = (world.clone(), bank.clone(), bank.relays.clone());
        let reading = read_shard(network.clone(), shard.clone(), bug, move || closing.is_closed(), handle);
        world.spawn(async move {
            inside.sleep(absent).await;
            reading.await;
            // What it has sent may be late.
            inside.sleep(TIMEOUT + LATEST).await;
            relays.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

pub(crate) fn history(setting: &Setting, side: &ReadSide, bug: Option<Bug>) {
    let Setting { world, network, search, bank, .. } = setting;
    let projector = Arc::new(HistoryProjector::new(
        Behind { network: search.clone(), inner: Planted::new(side.index.clone(), bug) },
        Behind { network: network.clone(), inner: side.parking.clone() },
    ));
    let handle = move |messages: Vec<Message>| {
        let projector = projector.clone();
        async move {
            let bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
            let Ok(results) = projector.project(&bodies).await else { return Vec::new() };
            let done = messages.iter().zip(results).filter(|(_, result)| result.is_ok());
            done.map(|(message, _)| message.id).collect()
        }
    };
    let relays = bank.relays.clone();
    let is_closed = move || relays.load(Ordering::Relaxed) == 0;
    world.spawn(poll(network.clone(), side.queue.clone(), bug, is_closed, handle));
}
