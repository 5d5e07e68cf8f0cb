//! The stream of the events table, as far as DynamoDB promises it: every record in some shard, for 24 hours, and no
//! order but that of one item's records, of which an append-only table has one. A shard splits into two.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use application::Commit;
use testing::simulator::{Micros, World, invoke};

use crate::{
    bugs::Bug,
    consumers::{Idle, PATIENCE, is_over},
    network::Network,
};

/// How long a record is kept for its readers.
pub(crate) const RETENTION: Duration = Duration::from_hours(24);

const BATCH_MAX: usize = 10;

/// The most commits that there are before the shard splits; some banks end before that.
const SPLIT_AFTER_MAX: usize = 40;

/// How long a batch waits that failed.
const BEFORE_NEXT_TRY: Duration = Duration::from_secs(1);

/// The shards of one reader: the one that there is at first, and the two that it splits into.
#[derive(Clone)]
pub(crate) struct Stream {
    world: World,
    pub(crate) shards: [Shard; 3],
    /// After how many records.
    split_after: usize,
    taken: Arc<Mutex<usize>>,
    /// Whether a split loses what is left of the first shard.
    is_lossy: bool,
}

impl Stream {
    pub(crate) fn new(world: World, bug: Option<Bug>) -> Self {
        let split_after = world.chance(|rng| rng.usize(..SPLIT_AFTER_MAX));
        let is_lossy = bug == Some(Bug::SplitShardDropped);
        Self { world, shards: Default::default(), split_after, taken: Arc::default(), is_lossy }
    }

    /// One more record, after the split in either shard: which one is decided by the item's key.
    pub(crate) fn push(&self, commit: &Commit) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let [parent, left, right] = &self.shards;
        if *taken == self.split_after {
            self.world.count("shards split");
            if self.is_lossy {
                parent.records().clear();
            }
        }
        let shard = match *taken < self.split_after {
            true => parent,
            false if self.world.chance(|rng| rng.bool()) => left,
            false => right,
        };
        *taken += 1;
        shard.records().push_back((self.world.now(), commit.clone()));
    }
}

/// What the reader of one shard has not dealt with, and since when it is there. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Shard(Arc<Mutex<VecDeque<(Micros, Commit)>>>);

impl Shard {
    fn records(&self) -> MutexGuard<'_, VecDeque<(Micros, Commit)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records().is_empty()
    }

    /// The next batch, of any size and in any order within; what is too old is gone.
    fn batch(&self, world: &World) -> Vec<Commit> {
        let mut records = self.records();
        let oldest = world.now() - i64::try_from(RETENTION.as_micros()).unwrap();
        while records.front().is_some_and(|(at, _)| *at < oldest) {
            records.pop_front();
            world.count("records trimmed");
        }
        world.chance(|rng| {
            let size = rng.usize(1..=BATCH_MAX);
            let mut batch: Vec<Commit> =
                records.iter().take(size).map(|(_, commit)| commit.clone()).collect();
            rng.shuffle(&mut batch);
            batch
        })
    }
}

/// Reads one shard until nothing more can come: each batch again until it is done with, cut anew each time, and some
/// once more.
pub(crate) async fn read_shard<F>(
    network: Network,
    shard: Shard,
    bug: Option<Bug>,
    is_closed: impl Fn() -> bool,
    handle: impl Fn(Vec<Commit>) -> F,
) where
    F: Future<Output = bool> + Send + 'static,
{
    let (world, mut idle) = (network.world.clone(), Idle::default());
    while !is_over(&world) {
        let batch = shard.batch(&world);
        if batch.is_empty() {
            if is_closed() {
                return;
            }
            idle.wait(&world).await;
            continue;
        }
        idle = Idle::default();
        let count = batch.len();
        world.count("batches delivered");
        world.tell(|| {
            let places = batch.iter().map(|commit| format!("{} {}", commit.stream, commit.version));
            places.collect::<Vec<_>>().join(", ")
        });
        let done = invoke(&world, network.faults().crash, PATIENCE, handle(batch)).await;
        if done == Some(true) || bug == Some(Bug::BatchAcknowledgedEarly) {
            if world.happens(network.faults().sent_twice) {
                world.count("delivered again");
                continue;
            }
            let mut records = shard.records();
            // A planted bug may have taken them away meanwhile.
            let done = count.min(records.len());
            records.drain(..done);
        } else {
            world.sleep(BEFORE_NEXT_TRY).await;
        }
    }
}
