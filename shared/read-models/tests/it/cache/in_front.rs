//! What the cache may answer, and what only the table or the events may.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use application::ports::{AccountSummary, Freshness, StoreError, Summaries};
use domain::{AccountId, UserId};
use read_models::{
    cache::{CachedSummaries, InProcessCache, Layered, SummaryCache},
    summary::{MemorySummaryTable, SummaryReader, SummaryTable},
};

use super::{rows, shared, version};
use crate::{account::Account, servers::redis_url};

/// Summaries that count how often they are asked.
struct Counted<R> {
    inner: R,
    asked: Arc<AtomicU32>,
}

impl<R: Summaries> Summaries for Counted<R> {
    async fn find(&self, id: &AccountId, freshness: Freshness) -> Result<Option<AccountSummary>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.find(id, freshness).await
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, StoreError> {
        self.inner.of_user(user_id).await
    }
}

/// An account at version 6 with a row at version 4 in the table, and this cache with one at version 3.
async fn check(name: &str, cache: impl SummaryCache + Clone) {
    let mut account = Account::checking(&format!("front-{name}-{}", std::process::id()));
    for _ in 0..5 {
        account.deposits("1");
    }
    let rows: Vec<_> =
        (1..=6).map(|count| crate::account::fold(&account.events()[..count], &account.id)).collect();
    let (table, asked) = (MemorySummaryTable::default(), Arc::<AtomicU32>::default());
    table.write(&rows[3], None).await.unwrap();
    cache.put(&rows[2]).await;
    let inner = SummaryReader::new(account.store().await, table);
    let summaries = CachedSummaries::new(Counted { inner, asked: Arc::clone(&asked) }, cache.clone());

    let mut asked_before = 0;
    for (freshness, found, asks, kept) in [
        (Freshness::Eventual, 3, false, 3),
        (Freshness::AtLeast(3), 3, false, 3),
        (Freshness::AtLeast(4), 4, true, 4),
        (Freshness::AtLeast(4), 4, false, 4),
        // Brought up to date from the events on the way, and kept so.
        (Freshness::AtLeast(5), 6, true, 6),
        (Freshness::AtLeast(6), 6, false, 6),
        (Freshness::Eventual, 6, false, 6),
        (Freshness::Strong, 6, true, 6),
        // Later than anything: the answer is the newest, as without a cache.
        (Freshness::AtLeast(7), 6, true, 6),
    ] {
        let row = summaries.find(&account.id, freshness).await.unwrap().unwrap();
        assert_eq!(row, rows[found - 1], "{name}, {freshness:?}");
        let asked_now = asked.load(Ordering::Relaxed);
        assert_eq!(asked_now > asked_before, asks, "{name}, {freshness:?}");
        assert_eq!(version(&cache, &account.id).await, Some(kept), "{name}, {freshness:?}");
        asked_before = asked_now;
    }
    assert_eq!(summaries.of_user(&"user-1".parse().unwrap()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_query_gets_what_it_asked_for_and_no_less_whatever_the_cache_has() {
    check("memory", InProcessCache::default()).await;
    check("shared", shared(&redis_url())).await;
    check("both", Layered::new(Some(InProcessCache::default()), Some(shared(&redis_url())))).await;
    check("shared-only", Layered::new(None::<InProcessCache>, Some(shared(&redis_url())))).await;
}

#[tokio::test]
async fn without_a_cache_everything_comes_from_the_table() {
    let rows = rows("uncached", 2);
    let table = MemorySummaryTable::default();
    let reader = SummaryReader::new(testing::MemoryEventStore::default(), table.clone());
    let summaries = CachedSummaries::new(reader, None::<InProcessCache>);
    for (row, expected) in [(&rows[0], None), (&rows[1], Some(1))] {
        table.write(row, expected).await.unwrap();
        let found = summaries.find(&row.account_id, Freshness::Eventual).await.unwrap();
        assert_eq!(found.as_ref(), Some(row));
    }
}

#[tokio::test]
async fn memory_keeps_no_older_row_after_a_newer_one() {
    let (cache, rows) = (InProcessCache::default(), rows("memory-order", 3));
    for (put, kept) in [(2, 2), (1, 2), (3, 3), (2, 3)] {
        cache.put(&rows[put - 1]).await;
        assert_eq!(version(&cache, &rows[0].account_id).await, u64::try_from(kept).ok());
    }
}

#[tokio::test]
async fn what_the_far_cache_has_is_kept_near() {
    let (near, far, rows) = (InProcessCache::default(), InProcessCache::default(), rows("layers", 2));
    let (layered, id) = (Layered::new(near.clone(), far.clone()), &rows[0].account_id);
    near.put(&rows[0]).await;
    far.put(&rows[1]).await;
    assert_eq!(version(&layered, id).await, Some(1), "the near one is asked first");
    assert_eq!(layered.get(id, 2).await.map(|row| row.version), Some(2));
    assert_eq!(version(&near, id).await, Some(2));
}
