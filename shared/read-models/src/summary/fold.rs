//! The fold: what the row of an account is after one more event. Pure, so that it can run anywhere again.

use application::{
    Commit,
    codec::{self, Accounts, CodecError, Recorded},
    ports::{AccountSummary, DailyCount},
};
use domain::{
    AccountId, InvalidId, Money, Timestamp, TransactionId,
    account::{AccountCreated, BrokenHistory, Event, Status},
};

/// How many days of counts are kept, up to the day of the newest transaction: one more than the 30 that are shown.
pub const DAYS_KEPT: i64 = 31;

/// How many of the newest transactions are kept.
pub const RECENT_KEPT: usize = 10;

/// Why an event cannot follow on a row: the account stops there until somebody has looked.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The commit cannot be read.
    #[error("the commit cannot be read")]
    Codec(#[from] CodecError),
    /// The event is not the next one.
    #[error("version {expected} is missing before version {found}")]
    Gap {
        /// The version that has to follow.
        expected: u64,
        /// The version that came.
        found: u64,
    },
    /// No account can have lived this.
    #[error("version {version} cannot have happened")]
    History {
        /// The event's version.
        version: u64,
        /// Why not.
        source: BrokenHistory,
    },
    /// The id of the event names no transaction.
    #[error("the id of version {version} is no transaction id")]
    TransactionId {
        /// The event's version.
        version: u64,
        /// Why not.
        source: InvalidId,
    },
    /// A sum of money is of another currency than the account, or a total has more digits than money can have.
    #[error("the amounts of version {version} do not add up")]
    Amount {
        /// The event's version.
        version: u64,
    },
}

/// The row after all the events of one more commit.
///
/// # Errors
/// [`FoldError`] if the commit cannot be read, or cannot follow; then none of its events is in.
pub fn apply_commit(
    summary: Option<AccountSummary>,
    commit: &Commit,
    account_id: &AccountId,
) -> Result<AccountSummary, FoldError> {
    let empty = || CodecError::Empty { stream: commit.stream.to_string(), version: commit.version };
    let events = codec::events::<Accounts>(commit)?;
    let folded = events
        .iter()
        .try_fold(summary, |summary, recorded| apply(summary, recorded, account_id).map(Some))?;
    Ok(folded.ok_or_else(empty)?)
}

/// The row after one more event; `None` before the first.
///
/// # Errors
/// [`FoldError`] if it cannot follow.
pub fn apply(
    summary: Option<AccountSummary>,
    recorded: &Recorded<Event>,
    account_id: &AccountId,
) -> Result<AccountSummary, FoldError> {
    let version = recorded.version;
    let expected = summary.as_ref().map_or(1, |summary| summary.version.saturating_add(1));
    if version != expected {
        return Err(FoldError::Gap { expected, found: version });
    }
    match (summary, &recorded.event) {
        (None, Event::AccountCreated(created)) => opened(created, recorded, account_id),
        (None, _) => Err(FoldError::History { version, source: BrokenHistory::NotOpened }),
        (Some(summary), _) => changed(summary, recorded),
    }
}

fn opened(
    created: &AccountCreated,
    recorded: &Recorded<Event>,
    account_id: &AccountId,
) -> Result<AccountSummary, FoldError> {
    let (at, zero) = (recorded.timestamp, Money::zero(created.initial_deposit.currency()));
    Ok(AccountSummary {
        account_id: account_id.clone(),
        user_id: created.user_id.clone(),
        account_type: created.account_type,
        balance: created.initial_deposit,
        status: Status::Active,
        created_at: at,
        last_transaction_at: at,
        daily_counts: vec![DailyCount { day: at.day(), count: 1 }],
        recent_transaction_ids: vec![transaction_id(recorded)?],
        total_deposits: created.initial_deposit,
        total_withdrawals: zero,
        total_transfers_out: zero,
        total_transfers_in: zero,
        version: recorded.version,
        last_updated: at,
    })
}

fn changed(mut summary: AccountSummary, recorded: &Recorded<Event>) -> Result<AccountSummary, FoldError> {
    let version = recorded.version;
    let moved = match &recorded.event {
        Event::AccountCreated(_) => {
            return Err(FoldError::History { version, source: BrokenHistory::OpenedTwice });
        }
        Event::MoneyDeposited(event) => {
            add(&mut summary.total_deposits, &[event.amount], version)?;
            Some(event.balance_after)
        }
        Event::MoneyWithdrawn(event) => {
            add(&mut summary.total_withdrawals, &[event.amount, event.fee], version)?;
            Some(event.balance_after)
        }
        Event::MoneyTransferred(event) => {
            add(&mut summary.total_transfers_out, &[event.amount, event.fee], version)?;
            Some(event.balance_after)
        }
        Event::MoneyReceived(event) => {
            add(&mut summary.total_transfers_in, &[event.amount], version)?;
            Some(event.balance_after)
        }
        Event::AccountFrozen(_) => stand(&mut summary, Status::Frozen),
        Event::AccountUnfrozen(_) => stand(&mut summary, Status::Active),
        Event::AccountClosed(_) => stand(&mut summary, Status::Closed),
    };
    if let Some(balance) = moved {
        if balance.currency() != summary.balance.currency() {
            return Err(FoldError::Amount { version });
        }
        summary.balance = balance;
        summary.last_transaction_at = recorded.timestamp;
        summary.recent_transaction_ids.insert(0, transaction_id(recorded)?);
        summary.recent_transaction_ids.truncate(RECENT_KEPT);
        count(&mut summary.daily_counts, recorded.timestamp);
    }
    summary.version = version;
    summary.last_updated = recorded.timestamp;
    Ok(summary)
}

/// A change of status moves no money.
fn stand(summary: &mut AccountSummary, status: Status) -> Option<Money> {
    summary.status = status;
    None
}

fn add(total: &mut Money, amounts: &[Money], version: u64) -> Result<(), FoldError> {
    let sum = amounts.iter().try_fold(*total, |sum, amount| sum.checked_add(*amount));
    *total = sum.ok_or(FoldError::Amount { version })?;
    Ok(())
}

/// Time increases in a stream, so a day that is not there yet is the newest one.
fn count(daily_counts: &mut Vec<DailyCount>, at: Timestamp) {
    let day = at.day();
    match daily_counts.iter_mut().find(|daily| daily.day == day) {
        Some(daily) => daily.count = daily.count.saturating_add(1),
        None => daily_counts.push(DailyCount { day, count: 1 }),
    }
    daily_counts.retain(|daily| daily.day > day.saturating_sub(DAYS_KEPT));
}

fn transaction_id(recorded: &Recorded<Event>) -> Result<TransactionId, FoldError> {
    recorded.id.parse().map_err(|source| FoldError::TransactionId { version: recorded.version, source })
}
