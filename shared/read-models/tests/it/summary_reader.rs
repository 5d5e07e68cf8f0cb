//! Answers as fresh as asked, however far the row is behind.

use application::ports::{Freshness, StoreError, Summaries};
use read_models::summary::{MemorySummaryTable, SummaryReader, SummaryTable};

use crate::account::{Account, fold};

/// An account at version 6, and its row at version 3.
async fn behind() -> (Account, SummaryReader<testing::MemoryEventStore, MemorySummaryTable>) {
    let mut account = Account::checking("a");
    for _ in 0..5 {
        account.deposits("1");
    }
    let table = MemorySummaryTable::default();
    table.write(&fold(&account.events()[..3], &account.id), None).await.unwrap();
    let store = account.store().await;
    (account, SummaryReader::new(store, table))
}

#[tokio::test]
async fn a_query_gets_what_it_asked_for_and_no_less() {
    let (account, reader) = behind().await;
    for (freshness, version) in [
        (Freshness::Eventual, 3),
        (Freshness::AtLeast(3), 3),
        (Freshness::AtLeast(4), 6),
        (Freshness::AtLeast(6), 6),
        (Freshness::Strong, 6),
    ] {
        let found = reader.find(&account.id, freshness).await.unwrap().unwrap();
        assert_eq!(found.version, version, "{freshness:?}");
    }
    assert_eq!(reader.find(&account.id, Freshness::Strong).await.unwrap(), Some(account.summary()));
}

#[tokio::test]
async fn an_account_without_a_row_is_folded_from_its_events() {
    let mut account = Account::checking("a");
    for _ in 0..450 {
        account.deposits("1");
    }
    let reader = SummaryReader::new(account.store().await, MemorySummaryTable::default());
    assert_eq!(reader.find(&account.id, Freshness::Eventual).await.unwrap(), None);
    assert_eq!(reader.find(&account.id, Freshness::AtLeast(1)).await.unwrap(), Some(account.summary()));
}

#[tokio::test]
async fn an_account_that_was_never_opened_is_absent() {
    let (_, reader) = behind().await;
    let id = "nobody".parse().unwrap();
    for freshness in [Freshness::Eventual, Freshness::AtLeast(1), Freshness::Strong] {
        assert_eq!(reader.find(&id, freshness).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_damaged_stream_is_an_error_and_not_an_old_answer() {
    let mut account = Account::checking("a");
    account.deposits("1").deposits("2");
    account.commits.remove(1);
    let reader = SummaryReader::new(account.store().await, MemorySummaryTable::default());
    let gap = reader.find(&account.id, Freshness::Strong).await;
    assert!(matches!(gap, Err(StoreError::Gap { version: 2, .. })), "{gap:?}");
}
