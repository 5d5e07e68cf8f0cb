//! A command store at the other end of a network that fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use application::{
    CommandRecord, Commit, StreamId,
    ports::{AppendError, CommandStore, Consistency, EventStore, RecordError, StoreError, StreamCatalog},
};
use futures::FutureExt as _;
use uuid::Uuid;

use super::{Faults, World, world::Micros};
use crate::check::Arrivals;

/// How long an SDK waits for one request, with its own repetitions (`lambda-kit`).
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// How long an SDK waits before it sends a request once more.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long after its sender has given up a request may still arrive.
const LATEST: Duration = Duration::from_secs(25);
/// How old an eventually consistent read may be.
const STALENESS: Duration = Duration::from_secs(1);

const AN_HOUR: Duration = Duration::from_hours(1);

/// A store whose answers are there at once, with a network before it. Clones share the store and the network.
#[derive(Clone)]
pub struct SimulatedStore<S> {
    world: World,
    inner: Arc<S>,
    faults: Arc<Mutex<Faults>>,
    arrivals: Arc<Mutex<Arrivals>>,
    record_writes: Arc<Mutex<BTreeMap<Uuid, Micros>>>,
    /// Until when a transaction is under way on a stream that its sender has given up.
    under_way: Arc<Mutex<BTreeMap<StreamId, Micros>>>,
}

/// What came of a request over the network.
enum Reply<R> {
    Answer(R),
    Throttled,
    Contended,
    /// No answer; if the request is late, how long after its sender has given up it arrives.
    Silence(Option<Duration>),
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
            under_way: Arc::default(),
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

    /// From now on these faults happen.
    pub fn suffer(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
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
            return Reply::Silence(None);
        }
        if is_write && self.world.happens(faults.late) {
            self.world.count("requests late");
            let late = self.world.chance(|rng| LATEST.mul_f64(rng.f64()));
            arrive(OPERATION_TIMEOUT + late);
            self.world.sleep(OPERATION_TIMEOUT).await;
            return Reply::Silence(Some(late));
        }
        if is_write && self.world.happens(faults.sent_twice / 2) {
            // The first is on its way for so long that the SDK sends a second, which is answered before it arrives.
            self.world.count("overtaken by a second sending");
            arrive(ATTEMPT_TIMEOUT + out);
            arrive(ATTEMPT_TIMEOUT + out + back + self.world.chance(|rng| LATEST.mul_f64(rng.f64())));
            self.world.sleep(ATTEMPT_TIMEOUT + out + back).await;
            let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
            return answer.map_or(Reply::Silence(None), Reply::Answer);
        }
        arrive(out);
        if is_write && self.world.happens(faults.answer_lost) {
            self.world.count("answers lost");
            self.world.sleep(OPERATION_TIMEOUT).await;
            return Reply::Silence(None);
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
        answer.map_or(Reply::Silence(None), Reply::Answer)
    }

    async fn read_with<R: Send + 'static>(
        &self,
        effect: impl Fn(&S) -> Option<R> + Send + Sync + 'static,
    ) -> Result<R, StoreError> {
        match self.send(Kind::Read, |_| true, effect).await {
            Reply::Answer(Some(answer)) => Ok(answer),
            Reply::Throttled => Err(StoreError::Throttled),
            Reply::Answer(None) | Reply::Contended | Reply::Silence(_) => {
                Err(StoreError::Unavailable("no answer".into()))
            }
        }
    }

    async fn write(&self, commits: &[Commit], record: Option<&CommandRecord>) -> Result<(), AppendError> {
        let kind = if commits.len() > 1 || record.is_some() { Kind::Transaction } else { Kind::Write };
        let streams: Vec<StreamId> = commits.iter().map(|commit| commit.stream.clone()).collect();
        if self.is_under_way(&streams) {
            self.world.count("transactions in the way");
            self.world.sleep(self.latency()).await;
            return Err(AppendError::Contended);
        }
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
                    arrivals
                        .entry((commit.stream.clone(), commit.version))
                        .or_insert((world.now(), world.now()));
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
            Reply::Silence(late) => {
                if let Some(late) = late.filter(|_| kind == Kind::Transaction) {
                    self.set_under_way(&streams, late);
                }
                Err(AppendError::Unavailable("no answer".into()))
            }
        }
    }

    /// Whether a transaction that nobody waits for any more still holds one of these streams.
    fn is_under_way(&self, streams: &[StreamId]) -> bool {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        streams.iter().any(|stream| under_way.get(stream).is_some_and(|until| self.world.now() < *until))
    }

    /// Of the late ones some hold their streams all the time until they are done, and others begin late.
    fn set_under_way(&self, streams: &[StreamId], late: Duration) {
        if self.world.chance(|rng| rng.bool()) {
            let until = self.world.now() + i64::try_from(late.as_micros()).unwrap();
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.extend(streams.iter().map(|stream| (stream.clone(), until)));
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

    async fn count(&self, stream: &StreamId) -> Result<u64, StoreError> {
        let stream = stream.clone();
        self.read_with(move |store| ready(store.count(&stream)).ok()).await
    }
}

impl<S: CommandStore + 'static> CommandStore for SimulatedStore<S> {
    async fn record(
        &self,
        command_id: Uuid,
        consistency: Consistency,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let (world, writes) = (self.world.clone(), self.record_writes.clone());
        let is_stale = consistency == Consistency::Eventual && self.world.happens(self.faults().stale);
        if is_stale {
            self.world.count("stale reads");
        }
        let record = self.read_with(move |store| {
            let written = writes.lock().unwrap_or_else(PoisonError::into_inner).get(&command_id).copied();
            let staleness = i64::try_from(STALENESS.as_micros()).unwrap();
            let is_unseen = is_stale && written.is_some_and(|at| world.now() - at < staleness);
            if is_unseen { Some(None) } else { ready(store.record(command_id, consistency)).ok() }
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
                if record.earlier.first().is_some_and(|first| first.until.until(record.started_at) > AN_HOUR)
                {
                    world.count("taken up hours later");
                }
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
            Reply::Contended => Err(RecordError::Taken(None)),
            Reply::Silence(_) => Err(RecordError::Store(StoreError::Unavailable("no answer".into()))),
        }
    }
}
