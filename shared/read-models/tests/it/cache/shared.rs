//! What a shared cache keeps, in a real Redis.

use application::ports::{AccountSummary, Freshness, StoreError, Summaries};
use domain::{AccountId, UserId};
use read_models::{
    cache::{CachedSummaries, LIFETIME, SummaryCache, WriteThrough, key},
    parking::MemoryParking,
    summary::{MemorySummaryTable, Outcome, SummaryProjector, SummaryReader, SummaryTable},
};
use redis::Value;
use testing::MemoryEventStore;

use super::{rows, server::does, shared, version};
use crate::{account::Account, servers::redis_url};

#[tokio::test]
async fn a_row_is_found_as_it_was_put_and_no_other_is() {
    let cache = shared(&redis_url());
    let [row] = rows("found", 1).try_into().unwrap();
    assert_eq!(cache.get(&row.account_id, 0).await, None);
    cache.put(&row).await;
    assert_eq!(cache.get(&row.account_id, 0).await, Some(row.clone()));
    assert_eq!(cache.get(&"nobody".parse().unwrap(), 0).await, None);
    assert_eq!(shared(&redis_url()).get(&row.account_id, 0).await, Some(row), "by another function as well");
}

#[tokio::test]
async fn a_row_that_is_too_old_for_the_query_is_not_found() {
    let cache = shared(&redis_url());
    let rows = rows("too-old", 3);
    cache.put(&rows[1]).await;
    for (version_min, found) in [(0, true), (2, true), (3, false)] {
        assert_eq!(cache.get(&rows[1].account_id, version_min).await.is_some(), found, "{version_min}");
    }
}

#[tokio::test]
async fn an_older_row_is_refused_after_a_newer_one() {
    let cache = shared(&redis_url());
    // Versions of one digit and of two, which as texts would be in another order.
    let rows = rows("order", 12);
    let id = &rows[0].account_id;
    for (put, kept) in [(9, 9), (8, 9), (10, 10), (9, 10), (1, 10), (12, 12), (11, 12)] {
        cache.put(&rows[put - 1]).await;
        assert_eq!(version(&cache, id).await, u64::try_from(kept).ok(), "after {put}");
    }
}

#[tokio::test]
async fn a_row_is_kept_for_five_minutes_however_often_it_is_put() {
    let cache = shared(&redis_url());
    let [row] = rows("lifetime", 1).try_into().unwrap();
    let (id, url) = (key(&row.account_id), redis_url());
    cache.put(&row).await;
    let Value::Int(left_ms) = does(&url, "PTTL", &id, &[]).await else { panic!("a key has an end") };
    let lifetime_ms = i64::try_from(LIFETIME.as_millis()).unwrap();
    assert!((lifetime_ms - 60_000..=lifetime_ms).contains(&left_ms), "{left_ms}");

    does(&url, "PEXPIRE", &id, &[b"100000"]).await;
    cache.put(&row).await;
    let Value::Int(left_ms) = does(&url, "PTTL", &id, &[]).await else { panic!("a key has an end") };
    assert!(left_ms <= 100_000, "the same version again does not prolong it: {left_ms}");
}

#[tokio::test]
async fn what_is_no_entry_is_a_miss_and_is_written_over() {
    let (cache, url) = (shared(&redis_url()), redis_url());
    let [row, other] = ["garbage", "other"].map(|test| rows(test, 1).remove(0));
    let id = key(&row.account_id);
    cache.put(&other).await;
    let Value::BulkString(foreign) = does(&url, "GET", &key(&other.account_id), &[]).await else {
        panic!("it was put");
    };
    let garbage: [&[u8]; 9] =
        [b"", b"nonsense", b"[]", b"7", b"null", b"{}", b"{\"version\":9}", b"{\"format\":1}", b"\xff\x00"];
    for bytes in garbage {
        does(&url, "SET", &id, &[bytes]).await;
        assert_eq!(cache.get(&row.account_id, 0).await, None, "{bytes:?}");
        cache.put(&row).await;
        assert_eq!(cache.get(&row.account_id, 0).await.as_ref(), Some(&row), "over {bytes:?}");
    }
    does(&url, "SET", &id, &[&foreign]).await;
    assert_eq!(cache.get(&row.account_id, 0).await, None, "the row of another account");

    does(&url, "DEL", &id, &[]).await;
    does(&url, "RPUSH", &id, &[b"a list"]).await;
    assert_eq!(cache.get(&row.account_id, 0).await, None);
    cache.put(&row).await;
    assert_eq!(cache.get(&row.account_id, 0).await, Some(row), "over a list");
}

#[tokio::test]
async fn a_newer_row_in_a_form_of_later_builds_is_a_miss_and_stays() {
    let (cache, url) = (shared(&redis_url()), redis_url());
    let rows = rows("later-form", 8);
    let (id, account_id) = (key(&rows[0].account_id), &rows[0].account_id);
    let later = br#"{"format":2,"version":7,"row":["in","another","form"]}"#;
    does(&url, "SET", &id, &[later]).await;
    assert_eq!(cache.get(account_id, 0).await, None);
    cache.put(&rows[5]).await;
    assert_eq!(does(&url, "GET", &id, &[]).await, Value::BulkString(later.to_vec()));
    cache.put(&rows[7]).await;
    assert_eq!(version(&cache, account_id).await, Some(8));
}

#[tokio::test]
async fn the_projector_writes_its_rows_through() {
    let mut account = Account::checking(&format!("projected-{}", std::process::id()));
    account.deposits("1").deposits("2");
    let (cache, table) = (shared(&redis_url()), MemorySummaryTable::default());
    let through = WriteThrough::new(table.clone(), cache.clone());
    let projector = SummaryProjector::new(account.store().await, through, MemoryParking::default());
    projector.project(account.commits[..2].to_vec()).await.unwrap();
    assert_eq!(version(&cache, &account.id).await, Some(2));
    let outcome = projector.project(account.commits.clone()).await.unwrap();
    assert_eq!(outcome, Outcome { written: 1, current: 0, parked: 0 });
    assert_eq!(cache.get(&account.id, 0).await, Some(account.summary()));
    assert_eq!(table.of_user(&"user-1".parse().unwrap()).await.unwrap(), [account.summary()]);
}

#[tokio::test]
async fn a_row_that_lost_the_race_for_the_table_is_not_written_through() {
    let rows = rows("lost", 3);
    let (cache, table) = (shared(&redis_url()), MemorySummaryTable::default());
    table.write(&rows[0], None).await.unwrap();
    let through = WriteThrough::new(table, cache.clone());
    through.write(&rows[2], Some(2)).await.unwrap();
    assert_eq!(version(&cache, &rows[0].account_id).await, None);
}

/// Summaries that are being read while the projector writes a newer row.
struct Overtaken<C> {
    old: AccountSummary,
    new: AccountSummary,
    projector: WriteThrough<MemorySummaryTable, C>,
}

impl<C: SummaryCache> Summaries for Overtaken<C> {
    async fn find(&self, _: &AccountId, _: Freshness) -> Result<Option<AccountSummary>, StoreError> {
        self.projector.write(&self.new, None).await?;
        Ok(Some(self.old.clone()))
    }

    async fn of_user(&self, _: &UserId) -> Result<Vec<AccountSummary>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_slow_reader_does_not_put_back_what_the_projector_has_replaced() {
    let (cache, rows) = (shared(&redis_url()), rows("overtaken", 2));
    let id = rows[0].account_id.clone();
    let projector = WriteThrough::new(MemorySummaryTable::default(), cache.clone());
    let overtaken = Overtaken { old: rows[0].clone(), new: rows[1].clone(), projector };
    let queries = CachedSummaries::new(overtaken, cache.clone());
    let found = queries.find(&id, Freshness::Eventual).await.unwrap().unwrap();
    assert_eq!((found.version, version(&cache, &id).await), (1, Some(2)));
    assert_eq!(queries.find(&id, Freshness::Eventual).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn an_account_that_is_not_there_is_not_kept() {
    let (cache, table) = (shared(&redis_url()), MemorySummaryTable::default());
    let [row] = rows("absent", 1).try_into().unwrap();
    let reader = SummaryReader::new(MemoryEventStore::default(), table.clone());
    let queries = CachedSummaries::new(reader, cache);
    assert_eq!(queries.find(&row.account_id, Freshness::Eventual).await.unwrap(), None);
    table.write(&row, None).await.unwrap();
    assert_eq!(queries.find(&row.account_id, Freshness::Eventual).await.unwrap(), Some(row));
}
