//! A cache that is dead, silent or slow costs one request its time-out, and no query its answer.

use std::{net::TcpListener, time::Duration};

use application::ports::{Freshness, Summaries};
use futures::future::join_all;
use read_models::{
    cache::{CachedSummaries, SharedCache, SummaryCache, Timeouts, WriteThrough, key},
    parking::MemoryParking,
    summary::{MemorySummaryTable, SummaryProjector, SummaryReader, SummaryTable, Written},
};
use redis::Value;
use testing::{MemoryEventStore, TestEnvironment};
use tokio::time::{Instant, timeout};

use super::{
    PATIENT, rows,
    server::{Server, does},
};
use crate::account::Account;

/// As long as the cache is left alone after a failure.
const PAUSE_SECONDS: i64 = 5;

#[tokio::test]
async fn a_server_that_dies_and_comes_back_is_done_without_meanwhile_and_used_again() {
    let (mut server, environment) = (Server::start().await, TestEnvironment::default());
    let rows = rows("restart", 4);
    let (id, url) = (rows[0].account_id.clone(), server.url());
    let table = MemorySummaryTable::default();
    let cache = SharedCache::new(&url, PATIENT, environment.clone()).unwrap();
    let reader = SummaryReader::new(MemoryEventStore::default(), table.clone());
    let summaries = CachedSummaries::new(reader, cache);
    let find = async || summaries.find(&id, Freshness::Eventual).await.unwrap().unwrap().version;
    // Past the cache, so that an answer shows where it comes from.
    let write = async |version: usize| {
        let expected = u64::try_from(version - 1).ok().filter(|before| *before > 0);
        assert_eq!(table.write(&rows[version - 1], expected).await.unwrap(), Written::Done);
    };

    write(1).await;
    assert_eq!(find().await, 1);
    write(2).await;
    assert_eq!(find().await, 1, "from the cache");

    server.kill();
    assert_eq!(find().await, 2, "from the table");
    server.restart().await;
    assert_eq!(find().await, 2);
    let is_kept = async || does(&url, "EXISTS", &key(&id), &[]).await == Value::Int(1);
    assert!(!is_kept().await, "the circuit is open: nobody has asked the server yet");

    environment.advance(PAUSE_SECONDS);
    assert_eq!(find().await, 2);
    assert!(is_kept().await);
    write(3).await;
    assert_eq!(find().await, 2, "from the cache again");
}

#[tokio::test]
async fn a_dead_cache_fails_no_batch() {
    let mut server = Server::start().await;
    let url = server.url();
    server.kill();
    let mut account = Account::checking("a");
    account.deposits("1");
    let table = MemorySummaryTable::default();
    let cache = SharedCache::new(&url, PATIENT, TestEnvironment::default()).unwrap();
    let through = WriteThrough::new(table.clone(), cache);
    let projector = SummaryProjector::new(account.store().await, through, MemoryParking::default());
    assert_eq!(projector.project(account.commits.clone()).await.unwrap().written, 1);
    assert_eq!(table.of_user(&"user-1".parse().unwrap()).await.unwrap(), [account.summary()]);
}

/// A server that takes connections and never says a word.
struct Silent(TcpListener);

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn cache(&self, environment: TestEnvironment) -> SharedCache<TestEnvironment> {
        let url = format!("redis://{}", self.0.local_addr().unwrap());
        SharedCache::new(&url, Timeouts::default(), environment).unwrap()
    }

    /// How many have connected since this was asked last.
    fn connections(&self) -> usize {
        std::iter::from_fn(|| self.0.accept().ok()).count()
    }
}

/// The clock stands still but for time-outs, so what they add up to is exact.
#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_costs_one_time_out_and_then_nothing() {
    let (server, environment) = (Silent::start(), TestEnvironment::default());
    let (cache, row) = (server.cache(environment.clone()), rows("silent", 1).remove(0));
    let (start, connect) = (Instant::now(), Timeouts::default().connect);
    assert_eq!(timeout(connect * 2, cache.get(&row.account_id, 0)).await, Ok(None));
    assert!(start.elapsed() >= connect, "{:?}", start.elapsed());
    assert_eq!(server.connections(), 1);

    let after = Instant::now();
    for _ in 0..100 {
        assert_eq!(cache.get(&row.account_id, 0).await, None);
        cache.put(&row).await;
    }
    assert_eq!((after.elapsed(), server.connections()), (Duration::ZERO, 0));

    environment.advance(PAUSE_SECONDS);
    join_all((0..10).map(|_| cache.get(&row.account_id, 0))).await;
    assert_eq!(server.connections(), 1, "one finds out");
}

#[tokio::test(start_paused = true)]
async fn of_many_who_need_the_first_connection_one_makes_it() {
    let server = Silent::start();
    let (cache, rows) = (server.cache(TestEnvironment::default()), rows("storm", 10));
    let puts = join_all(rows.iter().map(|row| cache.put(row)));
    timeout(Timeouts::default().connect * 2, puts).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_in_the_middle_is_given_up() {
    let (server, environment) = (Server::start().await, TestEnvironment::default());
    let row = rows("hang", 1).remove(0);
    // Patient enough to connect on a busy machine, and not to wait for a server that sleeps for a minute.
    let timeouts = Timeouts { operation: Duration::from_millis(500), ..PATIENT };
    let cache = SharedCache::new(&server.url(), timeouts, environment.clone()).unwrap();
    cache.put(&row).await;
    assert!(cache.get(&row.account_id, 0).await.is_some());
    does(&server.url(), "CLIENT", "PAUSE", &[b"60000", b"ALL"]).await;
    assert_eq!(timeout(Duration::from_secs(30), cache.get(&row.account_id, 0)).await, Ok(None));
}

#[test]
fn what_is_no_url_is_refused_without_being_shown() {
    for url in ["nonsense", "http://user:secret@cache:6379", "redis://"] {
        let refused = SharedCache::new(url, PATIENT, TestEnvironment::default()).unwrap_err();
        assert!(!read_models::chain(&refused).contains("secret"), "{refused:?}");
    }
}
