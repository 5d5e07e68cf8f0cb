//! The history without a search index: from the events themselves, which a small bank can do with.
//!
//! A page reads every event of its period, since it says how many match; so a period has a bound.

use application::{
    StreamId, codec,
    past::{transactions_between, version_at},
    ports::{
        EventStore, History, HistoryError, HistoryFilter, HistoryPage, Order, Page, PageError, StoreError,
        Transaction,
    },
};
use domain::{AccountId, Timestamp, TransactionId};
use uuid::Uuid;

use super::{RESULT_WINDOW, cursor::Cursor};

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
        let last = version_at(&self.store, account_id, filter.to).await?;
        let after = version_at(&self.store, account_id, just_before(filter.from)).await?;
        if last.saturating_sub(after) > HISTORY_EVENTS_MAX {
            return Err(PageError::TooLong { limit: HISTORY_EVENTS_MAX }.into());
        }
        let mut matching = transactions_between(&self.store, account_id, after, last).await?;
        matching.retain(|transaction| is_match(filter, transaction));
        if order == Order::Descending {
            matching.reverse();
        }
        let total_count = u64::try_from(matching.len()).unwrap_or(u64::MAX);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut transactions: Vec<Transaction> = match start {
            Start::Number(skipped) => {
                matching.into_iter().skip(skipped).take(size.saturating_add(1)).collect()
            }
            Start::After(cursor) => {
                let is_behind = |one: &Transaction| cursor.is_before(one, order);
                matching.into_iter().filter(is_behind).take(size.saturating_add(1)).collect()
            }
        };
        let has_next_page = transactions.len() > size;
        transactions.truncate(size);
        let next_cursor = transactions.last().filter(|_| has_next_page);
        let next_cursor = next_cursor.map(|last| Cursor::after(last).encode());
        Ok(HistoryPage { transactions, total_count, has_next_page, next_cursor })
    }

    /// An id of version 7 says when it was made, and so where to look; any other is looked for from the newest event on.
    async fn find(
        &self,
        account_id: &AccountId,
        transaction_id: &TransactionId,
    ) -> Result<Option<Transaction>, HistoryError> {
        let bounds = match made_at(transaction_id) {
            Some(made) => (
                version_at(&self.store, account_id, just_before(made)).await?,
                version_at(&self.store, account_id, made.plus_seconds(LATER_SECONDS)).await?,
            ),
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
                let end = number.checked_mul(size).filter(|end| *end <= RESULT_WINDOW);
                let skipped = end.and_then(|end| end.checked_sub(size));
                let skipped = skipped.ok_or(PageError::TooDeep { limit: RESULT_WINDOW })?;
                Ok(Self::Number(usize::try_from(skipped).unwrap_or(usize::MAX)))
            }
            Page::After(cursor) => {
                Cursor::decode(cursor).map(Self::After).map_err(|_| PageError::InvalidCursor)
            }
        }
    }
}

fn just_before(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_sub(1)).unwrap_or(time)
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
