//! The history without a search index: from the events themselves, which a small bank can do with.
//!
//! A page reads every event of its period, since it says how many match; so a period has a bound.

use application::{
    StreamId, codec,
    past::{transactions_between, versions_in},
    ports::{
        EventStore, History, HistoryError, HistoryFilter, HistoryPage, Order, Page, PageError, StoreError,
        Transaction,
    },
};
use domain::{AccountId, Timestamp, TransactionId};
use uuid::Uuid;

use super::{
    cursor::Cursor,
    page::{page as page_of, skipped},
};

/// The most events that one answer looks through.
pub const HISTORY_EVENTS_MAX: u64 = 10_000;

/// How long after its id was made an event may say that it happened: clocks differ, and time never goes back on an account.
const LATER_SECONDS: i64 = 60;

/// How many versions are looked through at a time for one transaction.
const STRETCH: u64 = 500;

/// The history as an events table tells it: up to the newest event, and without looking for words.
#[derive(Clone, Debug)]
pub struct EventHistory<S> {
    store: S,
}

impl<S: EventStore> EventHistory<S> {
    /// The history of the accounts in this store.
    pub fn new(store: S) -> Self {
        Self { store }
    }

    /// One transaction, looked for among versions after `first` up to `last`, the newest first.
    async fn among(
        &self,
        account_id: &AccountId,
        transaction_id: &TransactionId,
        (first, last): (u64, u64),
    ) -> Result<Option<Transaction>, HistoryError> {
        let mut until = last;
        while until > first {
            if last - until >= HISTORY_EVENTS_MAX {
                return Err(PageError::TooLong { limit: HISTORY_EVENTS_MAX }.into());
            }
            let after = until.saturating_sub(STRETCH).max(first);
            let stretch = transactions_between(&self.store, account_id, after, until).await?;
            if let Some(found) = stretch.into_iter().find(|one| one.transaction_id == *transaction_id) {
                return Ok(Some(found));
            }
            until = after;
        }
        Ok(None)
    }

    async fn newest_version(&self, account_id: &AccountId) -> Result<u64, StoreError> {
        let newest = self.store.newest(&StreamId::account(account_id)).await?;
        Ok(newest.map(|commit| codec::last_version(&commit)).transpose()?.unwrap_or_default())
    }
}

impl<S: EventStore> History for EventHistory<S> {
    async fn search(
        &self,
        filter: &HistoryFilter,
        page: &Page,
        order: Order,
        size: u32,
    ) -> Result<HistoryPage, HistoryError> {
        if filter.text.is_some() {
            return Err(PageError::NoSearch.into());
        }
        let start = Start::of(page, size)?;
        let account_id = &filter.account_id;
        let (after, last) = versions_in(&self.store, account_id, filter.from, filter.to).await?;
        if last.saturating_sub(after) > HISTORY_EVENTS_MAX {
            return Err(PageError::TooLong { limit: HISTORY_EVENTS_MAX }.into());
        }
        let mut matching = transactions_between(&self.store, account_id, after, last).await?;
        matching.retain(|transaction| is_match(filter, transaction));
        if order == Order::Descending {
            matching.reverse();
        }
        let total_count = u64::try_from(matching.len()).unwrap_or(u64::MAX);
        match start {
            Start::Number(skipped) => drop(matching.drain(..skipped.min(matching.len()))),
            Start::After(cursor) => matching.retain(|one| cursor.is_before(one, order)),
        }
        let has_next_page = matching.len() > usize::try_from(size).unwrap_or(usize::MAX);
        Ok(page_of(matching, size, total_count, has_next_page))
    }

    /// An id of version 7 says when it was made, and so where to look; any other is looked for from the newest event on.
    async fn find(
        &self,
        account_id: &AccountId,
        transaction_id: &TransactionId,
    ) -> Result<Option<Transaction>, HistoryError> {
        let bounds = match made_at(transaction_id) {
            Some(made) => {
                versions_in(&self.store, account_id, made, made.plus_seconds(LATER_SECONDS)).await?
            }
            None => (0, self.newest_version(account_id).await?),
        };
        self.among(account_id, transaction_id, bounds).await
    }
}

/// Where a page begins.
enum Start {
    Number(usize),
    After(Cursor),
}

impl Start {
    /// As deep as the index goes, so that nobody relies on more.
    fn of(page: &Page, size: u32) -> Result<Self, PageError> {
        match page {
            Page::Number(number) => {
                Ok(Self::Number(usize::try_from(skipped(*number, size)?).unwrap_or(usize::MAX)))
            }
            Page::After(cursor) => {
                Cursor::decode(cursor).map(Self::After).map_err(|_| PageError::InvalidCursor)
            }
        }
    }
}

/// When the id was made, to the millisecond, if it tells (RFC 9562, version 7).
fn made_at(transaction_id: &TransactionId) -> Option<Timestamp> {
    let id = Uuid::parse_str(transaction_id.as_str()).ok().filter(|id| id.get_version_num() == 7)?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let micros =
        i64::try_from(seconds).ok()?.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1_000))?;
    Timestamp::from_micros(micros).ok()
}

/// Everything but the account, the period and the words.
fn is_match(filter: &HistoryFilter, transaction: &Transaction) -> bool {
    let HistoryFilter { types, min_amount, max_amount, counterparty, reference, .. } = filter;
    let amount = transaction.amount.amount();
    (types.is_empty() || types.contains(&transaction.transaction_type))
        && min_amount.is_none_or(|min| amount >= min)
        && max_amount.is_none_or(|max| amount <= max)
        && counterparty.as_ref().is_none_or(|one| transaction.counterparty.as_ref() == Some(one))
        && reference.as_ref().is_none_or(|one| transaction.reference.as_ref() == Some(one))
}
