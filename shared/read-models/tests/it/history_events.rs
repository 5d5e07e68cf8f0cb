//! The history from the events alone: how far it looks, and how it finds one of very many.

use application::ports::{History, HistoryError, HistoryFilter, Order, Page, PageError};
use domain::{Timestamp, TransactionId};
use read_models::history::{EventHistory, HISTORY_EVENTS_MAX};
use uuid::{NoContext, Uuid};

use crate::{
    account::{Account, START_MICROS},
    history_search::filter,
};

/// One event more than an answer looks through; the first half on the first day, the others on the second.
fn long() -> Account {
    let mut account = Account::checking("long");
    for version in 2..=HISTORY_EVENTS_MAX + 1 {
        if version == HISTORY_EVENTS_MAX / 2 {
            account.later(86_400);
        }
        account.deposits("1");
    }
    account
}

#[tokio::test]
async fn a_period_with_too_many_events_is_refused_and_a_shorter_one_is_not() {
    let account = long();
    let history = EventHistory::new(account.store().await);
    let (begin, end) = (account.commits[0].timestamp, account.commits.last().unwrap().timestamp);
    let ask = async |from, to| match history
        .search(&HistoryFilter { from, to, ..filter("long") }, &Page::Number(1), Order::Descending, 2)
        .await
    {
        Ok(page) => Ok(page.total_count),
        Err(HistoryError::Page(refused)) => Err(refused),
        Err(HistoryError::Store(error)) => panic!("{error:?}"),
    };
    assert_eq!(ask(begin, end).await, Err(PageError::TooLong { limit: HISTORY_EVENTS_MAX }));
    let second = Timestamp::from_micros(START_MICROS + 1).unwrap();
    assert_eq!(ask(second, end).await, Ok(HISTORY_EVENTS_MAX), "one less");
    let next_day = Timestamp::from_micros(START_MICROS).unwrap().plus_seconds(86_400);
    assert_eq!(ask(next_day, end).await, Ok(HISTORY_EVENTS_MAX / 2 + 2));
}

#[tokio::test]
async fn one_is_found_by_when_its_id_was_made_or_among_the_newest() {
    let account = long();
    let store = account.store().await;
    // The oldest event, under an id that says when it was made; all others have ids that do not.
    let seconds = u64::try_from(START_MICROS / 1_000_000).unwrap();
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, 0));
    let mut first = account.commits[0].clone();
    first.events = first.events.replace("long-t1", &id.to_string());
    store.overwrite(std::slice::from_ref(&first));
    let history = EventHistory::new(store);
    let find = async |id: &str| {
        let id: TransactionId = id.parse().unwrap();
        history.find(&account.id, &id).await.map(|found| found.map(|one| one.version))
    };
    assert_eq!(find(&id.to_string()).await.unwrap(), Some(1));
    assert_eq!(find("long-t10001").await.unwrap(), Some(10_001), "the newest");
    assert_eq!(find("long-t1000").await.unwrap(), Some(1_000));
    let other = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, 5));
    assert_eq!(find(&other.to_string()).await.unwrap(), None);
    let too_far = find("long-t1").await;
    let expected = PageError::TooLong { limit: HISTORY_EVENTS_MAX };
    assert!(matches!(too_far, Err(HistoryError::Page(refused)) if refused == expected), "{too_far:?}");
}
