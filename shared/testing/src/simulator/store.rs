//! A command store at the other end of a network that fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use application::{
    CommandRecord, Commit, StreamId,
    ports::{AppendError, CommandStore, EventStore, RecordError, StoreError, StreamCatalog},
};
use futures::FutureExt as _;
use uuid::Uuid;

use super::{Faults, World, world::Micros};

/// How long an SDK waits for one request, with its own repetitions (`lambda-kit`).
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// How long after its sender has given up a request may still arrive.
const LATEST: Duration = Duration::from_secs(25);
/// How old an eventually consistent read may be.
const STALENESS: Duration = Duration::from_secs(1);

/// When each commit came in, by a clock that is right.
pub type Arrivals = BTreeMap<(StreamId, u64), Micros>;

/// A store whose answers are there at once, with a network before it. Clones share the store and the network.
#[derive(Clone)]
pub struct SimulatedStore<S> {
    world: World,
    inner: Arc<S>,
    faults: Arc<Mutex<Faults>>,
    arrivals: Arc<Mutex<Arrivals>>,
    record_writes: Arc<Mutex<BTreeMap<Uuid, Micros>>>,
}

/// What came of a request over the network.
enum Reply<R> {
    Answer(R),
    Throttled,
    Contended,
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Read,
    Write,
    /// The SDK sends it with a token: twice is once.
    Transaction,
}

impl<S: CommandStore + 'static> SimulatedStore<S> {
    /// This store behind a network with these faults.
    pub fn new(world: World, inner: S, faults: Faults) -> Self {
        Self {
            world,
            inner: Arc::new(inner),
            faults: Arc::new(Mutex::new(faults)),
            arrivals: Arc::default(),
            record_writes: Arc::default(),
        }
    }

    /// The store itself.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The faults that happen now.
    pub fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing fails.
    pub fn heal(&self) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = Faults::none();
    }

    /// When each commit came in.
    pub fn arrivals(&self) -> Arrivals {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn latency(&self) -> Duration {
        let usual = self.faults().latency;
        self.world.chance(|rng| {
            let share = usual.mul_f64(rng.f64());
            if rng.u32(..50) == 0 { share * 100 } else { share }
        })
    }

    /// Sends a request: the effect happens at the store at a time of its own, whatever becomes of the sender.
    async fn send<R: Send + 'static>(
        &self,
        kind: Kind,
        is_success: fn(&R) -> bool,
        effect: impl Fn(&S) -> R + Send + Sync + 'static,
    ) -> Reply<R> {
        let (out, back, faults) = (self.latency(), self.latency(), self.faults());
        let (effect, answer) = (Arc::new(effect), Arc::new(Mutex::new(None::<R>)));
        let arrive = |delay: Duration| {
            let (store, effect, answer) = (self.inner.clone(), effect.clone(), answer.clone());
            self.world.after(delay, move || {
                let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
                // A transaction that has succeeded knows its token; anything else is tried again as if it were new.
                if kind != Kind::Transaction || !answer.as_ref().is_some_and(is_success) {
                    *answer = Some(effect(&store));
                }
            });
        };
        let is_write = kind != Kind::Read;
        self.world.note(kind);
        if self.world.happens(faults.throttled) {
            self.world.count("throttled");
            self.world.sleep(out + back).await;
            return Reply::Throttled;
        }
        if is_write && self.world.happens(faults.contended) {
            self.world.count("transaction conflicts");
            self.world.sleep(out + back).await;
            return Reply::Contended;
        }
        if self.world.happens(faults.request_lost) {
            self.world.count("requests lost");
            self.world.sleep(OPERATION_TIMEOUT).await;
            return Reply::Silence;
        }
        if is_write && self.world.happens(faults.late) {
            self.world.count("requests late");
            let late = self.world.chance(|rng| LATEST.mul_f64(rng.f64()));
            arrive(OPERATION_TIMEOUT + late);
            self.world.sleep(OPERATION_TIMEOUT).await;
            return Reply::Silence;
        }
        arrive(out);
        if is_write && self.world.happens(faults.answer_lost) {
            self.world.count("answers lost");
            self.world.sleep(OPERATION_TIMEOUT).await;
            return Reply::Silence;
        }
        let mut until_answer = out + back;
        if is_write && self.world.happens(faults.sent_twice) {
            self.world.count("requests sent twice");
            let again = out + self.latency() + Duration::from_millis(50);
            arrive(again);
            until_answer = again + back;
        }
        // The answer of the last effect: they are in the queue before this wait ends.
        self.world.sleep(until_answer + Duration::from_micros(1)).await;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.map_or(Reply::Silence, Reply::Answer)
    }

    async fn read_with<R: Send + 'static>(
        &self,
        effect: impl Fn(&S) -> Option<R> + Send + Sync + 'static,
    ) -> Result<R, StoreError> {
        match self.send(Kind::Read, |_| true, effect).await {
            Reply::Answer(Some(answer)) => Ok(answer),
            Reply::Throttled => Err(StoreError::Throttled),
            Reply::Answer(None) | Reply::Contended | Reply::Silence => {
                Err(StoreError::Unavailable("no answer".into()))
            }
        }
    }

    async fn write(&self, commits: &[Commit], record: Option<&CommandRecord>) -> Result<(), AppendError> {
        let kind = if commits.len() > 1 || record.is_some() { Kind::Transaction } else { Kind::Write };
        let (commits, record) = (commits.to_vec(), record.cloned());
        let (world, arrivals, writes) =
            (self.world.clone(), self.arrivals.clone(), self.record_writes.clone());
        let effect = move |store: &S| {
            let done = match &record {
                Some(record) => ready(store.append_with_record(&commits, record)),
                None => ready(store.append(&commits)),
            };
            if done.is_ok() {
                let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                for commit in &commits {
                    arrivals.entry((commit.stream.clone(), commit.version)).or_insert(world.now());
                }
                if let Some(record) = &record {
                    let mut writes = writes.lock().unwrap_or_else(PoisonError::into_inner);
                    writes.insert(record.command_id, world.now());
                }
            }
            Arc::new(done)
        };
        match self.send(kind, |done: &Arc<Result<(), AppendError>>| done.is_ok(), effect).await {
            Reply::Answer(done) => match &*done {
                Ok(()) => Ok(()),
                Err(AppendError::Conflict { winners }) => {
                    self.world.count("version conflicts");
                    Err(AppendError::Conflict { winners: winners.clone() })
                }
                Err(AppendError::Recorded(record)) => Err(AppendError::Recorded(record.clone())),
                Err(other) => Err(AppendError::Unavailable(other.to_string().into())),
            },
            Reply::Throttled => Err(AppendError::Throttled),
            Reply::Contended => Err(AppendError::Contended),
            Reply::Silence => Err(AppendError::Unavailable("no answer".into())),
        }
    }
}

/// The store's own futures never wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

impl<S: CommandStore + 'static> EventStore for SimulatedStore<S> {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        let stream = stream.clone();
        self.read_with(move |store| ready(store.newest(&stream)).ok()).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let stream = stream.clone();
        self.read_with(move |store| ready(store.newest_until(&stream, version)).ok()).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let stream = stream.clone();
        self.read_with(move |store| ready(store.read(&stream, from, limit)).ok()).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.write(commits, None).await
    }
}

impl<S: CommandStore + StreamCatalog + 'static> StreamCatalog for SimulatedStore<S> {
    async fn streams(&self) -> Result<BTreeSet<StreamId>, StoreError> {
        self.read_with(|store| ready(store.streams()).ok()).await
    }
}

impl<S: CommandStore + 'static> CommandStore for SimulatedStore<S> {
    async fn record(&self, command_id: Uuid) -> Result<Option<CommandRecord>, StoreError> {
        let (world, writes) = (self.world.clone(), self.record_writes.clone());
        let is_stale = self.world.happens(self.faults().stale);
        if is_stale {
            self.world.count("stale reads");
        }
        let record = self.read_with(move |store| {
            let written = writes.lock().unwrap_or_else(PoisonError::into_inner).get(&command_id).copied();
            let staleness = i64::try_from(STALENESS.as_micros()).unwrap();
            let is_unseen = is_stale && written.is_some_and(|at| world.now() - at < staleness);
            if is_unseen { Some(None) } else { ready(store.record(command_id)).ok() }
        });
        record.await
    }

    async fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> Result<(), AppendError> {
        self.write(commits, Some(record)).await
    }

    async fn put_record(&self, record: &CommandRecord, over: Option<Uuid>) -> Result<(), RecordError> {
        let (record, world, writes) = (record.clone(), self.world.clone(), self.record_writes.clone());
        let effect = move |store: &S| {
            let done = ready(store.put_record(&record, over));
            if done.is_ok() {
                let mut writes = writes.lock().unwrap_or_else(PoisonError::into_inner);
                writes.insert(record.command_id, world.now());
            }
            Arc::new(done)
        };
        match self.send(Kind::Write, |done: &Arc<Result<(), RecordError>>| done.is_ok(), effect).await {
            Reply::Answer(done) => match &*done {
                Ok(()) => Ok(()),
                Err(RecordError::Taken(existing)) => Err(RecordError::Taken(existing.clone())),
                Err(RecordError::Store(error)) => {
                    Err(RecordError::Store(StoreError::Unavailable(error.to_string().into())))
                }
            },
            Reply::Throttled => Err(RecordError::Store(StoreError::Throttled)),
            Reply::Contended | Reply::Silence => {
                Err(RecordError::Store(StoreError::Unavailable("no answer".into())))
            }
        }
    }
}
