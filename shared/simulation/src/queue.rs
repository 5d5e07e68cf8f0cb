//! The queue of a projection: messages in any order, each again until it is done with, and after some times never.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use application::{Commit, journal::Position};
use read_models::message;
use testing::simulator::{Micros, World, invoke};

use crate::{
    bugs::Bug,
    consumers::{Idle, PATIENCE, is_over},
    network::Network,
};

/// After that a message that was handed out is handed out again (`template.yaml`).
pub(crate) const VISIBILITY_TIMEOUT: Duration = Duration::from_secs(180);

/// How often a message is handed out before it is a dead letter (`template.yaml`).
pub(crate) const RECEIVES_MAX: u32 = 20;

const BATCH_MAX: usize = 10;

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: u64,
    pub(crate) body: String,
    receives: u32,
    visible_at: Micros,
}

#[derive(Default)]
struct Messages {
    waiting: Vec<Message>,
    dead: usize,
    taken: BTreeSet<Position>,
    next_id: u64,
}

/// A queue that hands out its messages in any order. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<Messages>>);

impl Queue {
    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is left to be done.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages().waiting.is_empty()
    }

    /// Whether a message was handed out too often.
    pub(crate) fn has_dead_letters(&self) -> bool {
        self.messages().dead > 0
    }

    /// Forgets what waits.
    pub(crate) fn purge(&self) {
        self.messages().waiting.clear();
    }

    /// The position of every commit that was ever taken.
    pub(crate) fn taken(&self) -> BTreeSet<Position> {
        self.messages().taken.clone()
    }

    pub(crate) fn take(&self, first: Position, commits: &[Commit]) {
        let mut messages = self.messages();
        messages.next_id += 1;
        let (id, body) = (messages.next_id, message(first, commits).unwrap());
        messages.waiting.push(Message { id, body, receives: 0, visible_at: 0 });
        messages.taken.extend((first..).zip(commits).map(|(position, _)| position));
    }

    fn receive(&self, world: &World) -> Vec<Message> {
        let (now, size) = (world.now(), world.chance(|rng| rng.usize(1..=BATCH_MAX)));
        let mut messages = self.messages();
        world.chance(|rng| rng.shuffle(&mut messages.waiting));
        let before = messages.waiting.len();
        messages.waiting.retain(|message| message.visible_at > now || message.receives < RECEIVES_MAX);
        for _ in messages.waiting.len()..before {
            world.count("dead letters");
            messages.dead += 1;
        }
        let mut batch = Vec::new();
        for message in messages.waiting.iter_mut().filter(|message| message.visible_at <= now).take(size) {
            message.receives += 1;
            message.visible_at = now + i64::try_from(VISIBILITY_TIMEOUT.as_micros()).unwrap();
            batch.push(message.clone());
        }
        batch
    }
}

/// Polls a queue until nothing more can come. The function says which messages are done; the others come again.
pub(crate) async fn poll<F>(
    network: Network,
    queue: Queue,
    bug: Option<Bug>,
    is_closed: impl Fn() -> bool,
    handle: impl Fn(Vec<Message>) -> F,
) where
    F: Future<Output = Vec<u64>> + Send + 'static,
{
    let (world, mut idle) = (network.world.clone(), Idle::default());
    while !is_over(&world) {
        let batch = queue.receive(&world);
        if batch.is_empty() {
            if is_closed() && queue.is_empty() {
                return;
            }
            idle.wait(&world).await;
            continue;
        }
        idle = Idle::default();
        world.count("batches delivered");
        let mut done = match bug {
            Some(Bug::MessageDeletedEarly) => batch.iter().map(|message| message.id).collect(),
            _ => Vec::new(),
        };
        let said = invoke(&world, network.faults().crash, PATIENCE, handle(batch)).await;
        done.extend(said.unwrap_or_default());
        if world.happens(network.faults().sent_twice) {
            world.count("delivered again");
            continue;
        }
        queue.messages().waiting.retain(|message| !done.contains(&message.id));
    }
}
