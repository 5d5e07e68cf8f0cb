//! A bank whose analytics are written by many at once, with every moment of what stands in the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use application::{
    Commit,
    journal::{Journaled, Sequencer},
    ports::{Environment as _, EventStore as _},
};
use bytes::Bytes;
use domain::Timestamp;
use futures::future::BoxFuture;
use read_models::{
    analytics::{
        AnalyticsError, AnalyticsProjector, Compacted, Compactor, Layout, Limits, Listed, MemoryObjects,
        Object, ObjectError, Objects, Tag,
    },
    message,
    summary::Written,
};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

use crate::account::Account;

/// As long as a query may take, in seconds. Whoever asks has a clock that is wrong by up to 8 seconds.
pub(crate) const QUERY_SECONDS: i64 = 30 * 60;

/// Small, so that there is much to compact and to join.
pub(crate) const LIMITS: Limits = Limits { least: 2, most: 24 };

pub(crate) fn layout() -> Layout {
    Layout::below("v1")
}

/// What stood in the store after a write, and when that was.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) objects: BTreeMap<String, Bytes>,
    /// The blocks that were delivered by then.
    pub(crate) delivered: usize,
}

/// How an operation ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Well,
    /// It was not done.
    Lost,
    /// It was done, and nobody was told.
    Unheard,
    /// Before it, some seconds pass, and somebody else compacts from beginning to end.
    Overtaken(i64),
}

pub(crate) type Events = BTreeSet<(i64, String, i64)>;

#[derive(Clone)]
pub(crate) struct World {
    store: MemoryEventStore,
    pub(crate) journal: MemoryJournal,
    pub(crate) objects: MemoryObjects,
    pub(crate) environment: TestEnvironment,
    pub(crate) blocks: Vec<Journaled>,
    pub(crate) moments: Arc<Mutex<Vec<Moment>>>,
    delivered: Arc<Mutex<BTreeSet<usize>>>,
}

/// The objects, which fail where it is planned, and whose every write is remembered.
#[derive(Clone)]
pub(crate) struct Watched {
    world: World,
    ends: Arc<Mutex<Vec<End>>>,
}

impl World {
    pub(crate) async fn new(accounts: usize, events: usize, batch: usize) -> Self {
        let environment = TestEnvironment::default();
        let (store, journal) = (MemoryEventStore::default(), MemoryJournal::default());
        let mut commits: Vec<Commit> = Vec::new();
        for account in 0..accounts {
            let mut account = Account::checking(&format!("account-{account}"));
            for event in 0..events {
                account.later(i64::try_from(event).unwrap() * 20_000).deposits("0.01");
            }
            commits.extend(account.commits);
        }
        for commit in &commits {
            store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        let mut blocks = Vec::new();
        let sequencer = Sequencer::new(store.clone(), journal.clone(), environment.clone());
        for batch in commits.chunks(batch) {
            blocks.extend(sequencer.journal(batch.to_vec()).await.unwrap().blocks);
        }
        let objects = MemoryObjects::new(environment.clone());
        let (moments, delivered) = (Arc::default(), Arc::default());
        let world = Self { store, journal, objects, environment, blocks, moments, delivered };
        world.remember();
        world
    }

    pub(crate) fn remember(&self) {
        let (at, objects) = (self.environment.now(), self.objects.all());
        let delivered = self.delivered.lock().unwrap();
        let delivered = (0..).take_while(|block| delivered.contains(block)).count();
        self.moments.lock().unwrap().push(Moment { at, objects, delivered });
    }

    pub(crate) fn compactor(
        &self,
        ends: Vec<End>,
    ) -> Compactor<MemoryEventStore, MemoryJournal, Watched, TestEnvironment> {
        let objects = Watched { world: self.clone(), ends: Arc::new(Mutex::new(ends)) };
        let (store, journal, environment) =
            (self.store.clone(), self.journal.clone(), self.environment.clone());
        Compactor::new(store, journal, objects, environment, layout(), LIMITS)
    }

    pub(crate) async fn compact(&self, ends: Vec<End>) -> Result<Compacted, AnalyticsError> {
        self.compactor(ends).run(self.environment.now().plus_seconds(3_600)).await
    }

    pub(crate) async fn rebuild(&self, from: u64, ends: Vec<End>) {
        drop(self.compactor(ends).rebuild(from, |_| ()).await);
    }

    pub(crate) async fn deliver(&self, block: usize, ends: Vec<End>) {
        let objects = Watched { world: self.clone(), ends: Arc::new(Mutex::new(ends)) };
        let Journaled { block: journaled, commits } = &self.blocks[block];
        let body = message(journaled.first, commits).unwrap();
        let results = AnalyticsProjector::new(objects, layout()).project(&[&body]).await;
        if results.iter().all(Result::is_ok) {
            self.delivered.lock().unwrap().insert(block);
        }
        self.remember();
    }

    /// All events of the first so many blocks.
    pub(crate) fn events(&self, blocks: usize) -> Events {
        let mut events = Events::new();
        for Journaled { block, commits } in &self.blocks[..blocks] {
            for (position, commit) in (block.first..).zip(commits) {
                let version = i64::try_from(commit.version).unwrap();
                events.insert((i64::try_from(position).unwrap(), commit.stream.to_string(), version));
            }
        }
        events
    }
}

/// Compacts from beginning to end, whatever somebody else is at.
fn overtake(world: World) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        world.compact(Vec::new()).await.unwrap();
    })
}

impl Watched {
    fn end(&self) -> End {
        self.ends.lock().unwrap().pop().unwrap_or(End::Well)
    }

    async fn around<T>(
        &self,
        operation: impl Future<Output = Result<T, ObjectError>>,
    ) -> Result<T, ObjectError> {
        let end = self.end();
        if end == End::Lost {
            return Err(ObjectError("lost".into()));
        }
        if let End::Overtaken(seconds) = end {
            self.world.environment.advance(seconds);
            overtake(self.world.clone()).await;
        }
        let result = operation.await;
        self.world.remember();
        if end == End::Unheard { Err(ObjectError("unheard".into())) } else { result }
    }
}

impl Objects for Watched {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        self.around(self.world.objects.get(key)).await
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<(), ObjectError> {
        self.around(self.world.objects.put(key, bytes)).await
    }

    async fn put_if(&self, key: &str, bytes: Bytes, seen: Option<&Tag>) -> Result<Written, ObjectError> {
        self.around(self.world.objects.put_if(key, bytes, seen)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>, ObjectError> {
        self.around(self.world.objects.list(prefix, after)).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        self.around(self.world.objects.delete(keys)).await
    }
}
