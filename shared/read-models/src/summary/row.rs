//! A summary as an item of the table. The attributes' names are stored for good: add to them, never change one.
//!
//! A full row of a normal account stays within 1 KB, the size that one write unit pays for. Hence the counts are a
//! plain list, one a day back from the day of the newest transaction, without the days themselves.

use application::ports::{AccountSummary, DailyCount};
use domain::{
    AccountId, Decimal, Money, MoneyError, Timestamp, TransactionId, UserId,
    account::{AccountType, Status},
    parse_currency,
};
use serde::{Deserialize, Serialize};

use super::DAYS_KEPT;

/// A summary in the form in which it is stored, in the table and in the cache.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row {
    account_id: AccountId,
    user_id: UserId,
    account_type: AccountType,
    currency: String,
    balance: Decimal,
    status: Status,
    created_at: Timestamp,
    last_transaction_at: Timestamp,
    /// Of the day of `last_transaction_at`, of the day before it, and so on.
    daily_counts: Vec<u64>,
    recent_transaction_ids: Vec<TransactionId>,
    total_deposits: Decimal,
    total_withdrawals: Decimal,
    total_transfers_out: Decimal,
    total_transfers_in: Decimal,
    version: u64,
    last_updated: Timestamp,
}

/// An item that is no summary.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("an attribute is missing or of the wrong type")]
    Malformed(#[from] serde_dynamo::Error),
    #[error("a sum is no money")]
    Money(#[from] MoneyError),
}

pub(super) fn to_item(summary: &AccountSummary) -> Result<serde_dynamo::Item, RowError> {
    Ok(serde_dynamo::to_item(Row::from(summary))?)
}

pub(super) fn from_item(item: serde_dynamo::Item) -> Result<AccountSummary, RowError> {
    let row: Row = serde_dynamo::from_item(item)?;
    Ok(row.try_into()?)
}

impl From<&AccountSummary> for Row {
    fn from(summary: &AccountSummary) -> Self {
        Self {
            account_id: summary.account_id.clone(),
            user_id: summary.user_id.clone(),
            account_type: summary.account_type,
            currency: summary.balance.currency().code().to_owned(),
            balance: summary.balance.amount(),
            status: summary.status,
            created_at: summary.created_at,
            last_transaction_at: summary.last_transaction_at,
            daily_counts: to_list(&summary.daily_counts, summary.last_transaction_at.day()),
            recent_transaction_ids: summary.recent_transaction_ids.clone(),
            total_deposits: summary.total_deposits.amount(),
            total_withdrawals: summary.total_withdrawals.amount(),
            total_transfers_out: summary.total_transfers_out.amount(),
            total_transfers_in: summary.total_transfers_in.amount(),
            version: summary.version,
            last_updated: summary.last_updated,
        }
    }
}

impl TryFrom<Row> for AccountSummary {
    type Error = MoneyError;

    fn try_from(row: Row) -> Result<Self, MoneyError> {
        let currency = parse_currency(&row.currency)?;
        let money = |amount| Money::new(amount, currency);
        Ok(Self {
            account_id: row.account_id,
            user_id: row.user_id,
            account_type: row.account_type,
            balance: money(row.balance)?,
            status: row.status,
            created_at: row.created_at,
            last_transaction_at: row.last_transaction_at,
            daily_counts: from_list(&row.daily_counts, row.last_transaction_at.day()),
            recent_transaction_ids: row.recent_transaction_ids,
            total_deposits: money(row.total_deposits)?,
            total_withdrawals: money(row.total_withdrawals)?,
            total_transfers_out: money(row.total_transfers_out)?,
            total_transfers_in: money(row.total_transfers_in)?,
            version: row.version,
            last_updated: row.last_updated,
        })
    }
}

fn to_list(counts: &[DailyCount], newest_day: i64) -> Vec<u64> {
    let oldest_day = counts.first().map_or(newest_day, |daily| daily.day);
    let count_of = |day| counts.iter().find(|daily| daily.day == day).map_or(0, |daily| daily.count);
    (oldest_day.max(newest_day - DAYS_KEPT + 1)..=newest_day).rev().map(count_of).collect()
}

fn from_list(list: &[u64], newest_day: i64) -> Vec<DailyCount> {
    let days = (newest_day - DAYS_KEPT + 1..=newest_day).rev();
    let mut counts: Vec<DailyCount> = days
        .zip(list)
        .filter(|(_, count)| **count > 0)
        .map(|(day, count)| DailyCount { day, count: *count })
        .collect();
    counts.reverse();
    counts
}

#[cfg(test)]
mod tests {
    use serde_dynamo::AttributeValue;

    use super::*;

    /// What an attribute takes in a table, in bytes ("DynamoDB item sizes and formats" in AWS's guide).
    fn size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
            AttributeValue::L(list) => 3 + list.iter().map(|value| size(value) + 1).sum::<usize>(),
            other => panic!("no attribute of a row is like {other:?}"),
        }
    }

    /// A row with everything that it can have, of an account with a balance of up to 100 million.
    fn full() -> AccountSummary {
        let at: Timestamp = "2026-11-24T09:30:00.123456Z".parse().unwrap();
        let id = "019ab3c4-5678-7def-8123-456789abcdef";
        let money: Money = "99999999.99 USD".parse().unwrap();
        AccountSummary {
            account_id: id.parse().unwrap(),
            user_id: id.parse().unwrap(),
            account_type: AccountType::Investment,
            balance: money,
            status: Status::Active,
            created_at: at,
            last_transaction_at: at,
            daily_counts: (0..DAYS_KEPT)
                .map(|day| DailyCount { day: at.day() - 30 + day, count: 99 })
                .collect(),
            recent_transaction_ids: vec![id.parse().unwrap(); super::super::RECENT_KEPT],
            total_deposits: money,
            total_withdrawals: money,
            total_transfers_out: money,
            total_transfers_in: money,
            version: 99_999,
            last_updated: at,
        }
    }

    #[test]
    fn a_full_row_of_a_normal_account_stays_within_one_write_unit() {
        let item = to_item(&full()).unwrap();
        let bytes: usize = item.iter().map(|(name, value)| name.len() + size(value)).sum();
        assert!(bytes <= 1_024, "{bytes} bytes");
    }

    #[test]
    fn the_attributes_have_the_names_that_they_always_had() {
        let item = to_item(&full()).unwrap();
        let mut names: Vec<&str> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        let stored = "account_id account_type balance created_at currency daily_counts last_transaction_at \
            last_updated recent_transaction_ids status total_deposits total_transfers_in total_transfers_out \
            total_withdrawals user_id version";
        assert_eq!(names, stored.split_whitespace().collect::<Vec<_>>());
        assert_eq!(item.get("balance"), Some(&AttributeValue::S("99999999.99".to_owned())));
    }

    #[test]
    fn days_without_transactions_are_zeros_in_the_list() {
        let counts = [(100, 2), (103, 1), (130, 7)].map(|(day, count)| DailyCount { day, count });
        let list = to_list(&counts, 130);
        assert_eq!((list.len(), list[0], list[27], list[28], list[30]), (31, 7, 1, 0, 2));
        assert_eq!(from_list(&list, 130), counts);
        assert_eq!(from_list(&[], 130), []);
    }
}
