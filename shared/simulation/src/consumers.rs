//! What calls the functions: the readers of the stream's shards, and the poller of the queue.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use application::Commit;
use read_models::{
    history::{HistoryProjector, MemoryTransactionIndex},
    parking::MemoryParking,
};
use testing::simulator::{START, World, invoke};

use crate::{
    bank::{Bank, Shard},
    bugs::{Bug, Planted},
    network::{Behind, Network},
    stores::{Message, Queue},
};

/// How long everything goes on: long after the last try of the last message.
pub(crate) const END: Duration = Duration::from_hours(1);

/// How long to wait where there is nothing to do.
const IDLE: Duration = Duration::from_secs(4);

/// How long whoever calls a function waits for it: longer than it may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// After that a message that was handed out is handed out again (`template.yaml`).
const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(180);

/// How often a message is handed out before it is a dead letter (`template.yaml`).
const RECEIVES_MAX: u32 = 5;

const BATCH_MAX: usize = 10;

pub(crate) fn is_over(world: &World) -> bool {
    world.now() - START > i64::try_from(END.as_micros()).unwrap()
}

/// Reads one shard: batches of any size, in any order within, again until they are done with, and sometimes once more.
/// Until nothing more can come.
pub(crate) async fn read_shard<F>(
    network: Network,
    bank: Bank,
    shard: Shard,
    bug: Option<Bug>,
    handle: impl Fn(Vec<Commit>) -> F,
) where
    F: Future<Output = bool> + Send + 'static,
{
    let world = network.world.clone();
    while !is_over(&world) {
        let mut batch: Vec<Commit> = {
            let records = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let size = world.chance(|rng| rng.usize(1..=BATCH_MAX));
            records.iter().take(size).cloned().collect()
        };
        if batch.is_empty() {
            if bank.is_closed() {
                return;
            }
            world.sleep(IDLE).await;
            continue;
        }
        let count = batch.len();
        world.chance(|rng| rng.shuffle(&mut batch));
        let done = invoke(&world, network.faults().crash, PATIENCE, handle(batch)).await;
        if done == Some(true) || bug == Some(Bug::BatchAcknowledgedEarly) {
            if world.happens(network.faults().sent_twice) {
                world.count("delivered again");
                continue;
            }
            shard.lock().unwrap_or_else(PoisonError::into_inner).drain(..count);
        } else {
            world.sleep(Duration::from_secs(1)).await;
        }
    }
}

type Projector = HistoryProjector<Behind<Planted<MemoryTransactionIndex>>, Behind<MemoryParking>>;

/// Polls the queue: messages in any order, what was not done again later, and after five times never.
pub(crate) async fn poll_queue(
    network: Network,
    bank: Bank,
    queue: Queue,
    bug: Option<Bug>,
    projector: Arc<Projector>,
    dead: Arc<std::sync::Mutex<Vec<Message>>>,
) {
    let world = network.world.clone();
    while !is_over(&world) {
        let batch = receive(&world, &queue, &dead);
        if batch.is_empty() {
            if bank.relays.load(Ordering::Relaxed) == 0 && queue.waiting(|waiting| waiting.is_empty()) {
                return;
            }
            world.sleep(IDLE).await;
            continue;
        }
        let (projector, messages) = (projector.clone(), batch.clone());
        let done = invoke(&world, network.faults().crash, PATIENCE, async move {
            let bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
            let results = projector.project(&bodies).await.ok()?;
            let done = messages.iter().zip(results).filter(|(_, result)| result.is_ok());
            Some(done.map(|(message, _)| message.id).collect::<Vec<u64>>())
        });
        let done = done.await.flatten().unwrap_or_default();
        let is_gone = |message: &Message| match bug {
            Some(Bug::MessageDeletedEarly) => batch.iter().any(|one| one.id == message.id),
            _ => done.contains(&message.id),
        };
        if world.happens(network.faults().sent_twice) {
            world.count("delivered again");
            continue;
        }
        queue.waiting(|waiting| waiting.retain(|message| !is_gone(message)));
    }
}

fn receive(world: &World, queue: &Queue, dead: &std::sync::Mutex<Vec<Message>>) -> Vec<Message> {
    let (now, size) = (world.now(), world.chance(|rng| rng.usize(1..=BATCH_MAX)));
    queue.waiting(|waiting| {
        world.chance(|rng| rng.shuffle(waiting));
        let (gone, left) = waiting
            .drain(..)
            .partition(|message: &Message| message.visible_at <= now && message.receives >= RECEIVES_MAX);
        *waiting = left;
        for message in gone {
            world.count("dead letters");
            dead.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        }
        let mut batch = Vec::new();
        for message in waiting.iter_mut().filter(|message| message.visible_at <= now).take(size) {
            message.receives += 1;
            message.visible_at = now + i64::try_from(VISIBILITY_TIMEOUT.as_micros()).unwrap();
            batch.push(message.clone());
        }
        batch
    })
}
