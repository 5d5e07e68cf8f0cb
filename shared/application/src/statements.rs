//! What an account did, month by month and from its first day, for people and their accountants: from the events.

use domain::{AccountId, Currency, Decimal, Money, Month, Timestamp, UserId, account::AccountType};

use crate::{
    QueryError, Stream, StreamId,
    codec::Accounts,
    commands::{Caller, LEASE_SECONDS},
    past::{just_before, newest_at, transactions_between},
    ports::{Environment, EventStore, Transaction, TransactionType},
    queries::{Moment, Queries},
};

/// The most events that a month may have for a statement: with them it fits into one answer.
pub const STATEMENT_EVENTS_MAX: u64 = 10_000;

/// An account's month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account.
    pub account_id: AccountId,
    /// The owner.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
    /// The one currency of all amounts.
    pub currency: Currency,
    /// The month, in UTC.
    pub month: Month,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// Whether nothing can be added to it any more.
    pub is_final: bool,
    /// What the account held before; zero in the month that it was opened in.
    pub opening_balance: Money,
    /// What it held at the end, or holds now.
    pub closing_balance: Money,
    /// The account's version before; 0 in the month that it was opened in.
    pub opening_version: u64,
    /// The account's version at the end, or now.
    pub closing_version: u64,
    /// All that moved, oldest first.
    pub lines: Vec<Transaction>,
    /// What the lines come to, by type; types that there were none of are left out.
    pub totals: Vec<TypeTotal>,
}

/// What the transactions of one type come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeTotal {
    /// The type.
    pub transaction_type: TransactionType,
    /// How many.
    pub transactions: u64,
    /// Fees not counted.
    pub amount: Decimal,
    /// What the bank took on top.
    pub fee: Decimal,
}

/// Some of an account's transactions, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// The transactions among these events.
    pub transactions: Vec<Transaction>,
    /// The version to go on after, if there are more events.
    pub next_after: Option<u64>,
}

impl<S: EventStore, R, H, E: Environment> Queries<S, R, H, E> {
    /// An account's statement of a month, in as many reads as the month has stretches of events, and a few more to find
    /// where it begins and ends.
    ///
    /// # Errors
    /// [`QueryError`]; another user's account is as absent as one that was never opened.
    pub async fn statement(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        month: Month,
    ) -> Result<Statement, QueryError> {
        let newest = self.account_at(caller, account_id, Moment::Now).await?;
        let absent = |_| QueryError::StatementNotFound;
        let (from, to) = (month.begins().map_err(absent)?, month.ends().map_err(absent)?);
        let closing = self.before(account_id, to).await?.ok_or(QueryError::StatementNotFound)?;
        if self.now() < from {
            return Err(QueryError::StatementNotFound);
        }
        let currency = newest.account.currency();
        let opening = self.before(account_id, from).await?.unwrap_or((0, Money::zero(currency)));
        let ((opening_version, opening_balance), (closing_version, closing_balance)) = (opening, closing);
        if closing_version.saturating_sub(opening_version) > STATEMENT_EVENTS_MAX {
            return Err(QueryError::StatementTooLong { limit: STATEMENT_EVENTS_MAX });
        }
        let lines = transactions_between(self.store(), account_id, opening_version, closing_version).await?;
        Ok(Statement {
            account_id: account_id.clone(),
            user_id: newest.account.user_id,
            account_type: newest.account.account_type,
            currency,
            month,
            from,
            to,
            is_final: to.plus_seconds(LEASE_SECONDS) <= self.now(),
            opening_balance,
            closing_balance,
            opening_version,
            closing_version,
            totals: totals(&lines),
            lines,
        })
    }

    /// The transactions among an account's events after a version, up to so many events: a whole history, part by part.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn history_part(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        after: u64,
        limit: u64,
    ) -> Result<HistoryPart, QueryError> {
        let newest = self.account_at(caller, account_id, Moment::Now).await?.version;
        let last = after.saturating_add(limit).min(newest);
        let transactions = transactions_between(self.store(), account_id, after, last).await?;
        Ok(HistoryPart { transactions, next_after: Some(last).filter(|last| *last < newest) })
    }

    /// An account's version and balance just before a time; `None` before it was opened.
    async fn before(
        &self,
        account_id: &AccountId,
        time: Timestamp,
    ) -> Result<Option<(u64, Money)>, QueryError> {
        let Some(newest) = self.store().newest(&StreamId::account(account_id)).await? else {
            return Ok(None);
        };
        let Some(commit) = newest_at(self.store(), newest, just_before(time)).await? else { return Ok(None) };
        let Stream { version, state, .. } = Stream::<Accounts>::at(self.store(), commit).await?;
        Ok(state.map(|account| (version, account.balance)))
    }
}

fn totals(lines: &[Transaction]) -> Vec<TypeTotal> {
    let total = |transaction_type| {
        let of_type = || lines.iter().filter(move |line| line.transaction_type == transaction_type);
        let sum = |amount: fn(&Transaction) -> Money| {
            of_type().fold(Decimal::ZERO, |sum, line| sum.saturating_add(amount(line).amount()))
        };
        let transactions = u64::try_from(of_type().count()).unwrap_or(u64::MAX);
        TypeTotal {
            transaction_type,
            transactions,
            amount: sum(|line| line.amount),
            fee: sum(|line| line.fee),
        }
    };
    TransactionType::ALL.into_iter().map(total).filter(|total| total.transactions > 0).collect()
}
