//! What the transactions of all accounts come to, added up.

use std::future::Future;

use domain::{AccountId, Currency, Decimal, Timestamp, account::AccountType};

use super::{StoreError, TransactionType};

/// From when to when, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
}

/// What some transactions of one currency come to, exactly; a sum may have more digits than money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// How many they are.
    pub transactions: u64,
    /// The currency of them all.
    pub currency: Currency,
    /// Their amounts, fees not counted.
    pub amount: Decimal,
    /// Their fees.
    pub fee: Decimal,
}

/// The transactions of one day, type, account type and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyVolume {
    /// The first instant of the day in UTC.
    pub day: Timestamp,
    /// Which way the money went.
    pub transaction_type: TransactionType,
    /// The kind of account; `None` where it could not be told.
    pub account_type: Option<AccountType>,
    /// What they come to.
    pub totals: Totals,
}

/// The transactions of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopAccount {
    /// The account.
    pub account_id: AccountId,
    /// What its transactions come to.
    pub totals: Totals,
}

/// By what accounts are at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the sum of their amounts.
    Volume,
    /// By the number of their transactions.
    Count,
}

/// The transactions with a fee, of one type, account type and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Which way the money went.
    pub transaction_type: TransactionType,
    /// The kind of account; `None` where it could not be told.
    pub account_type: Option<AccountType>,
    /// What they come to.
    pub totals: Totals,
}

/// The accounts of one kind and currency on which money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveAccounts {
    /// The kind of account; `None` where it could not be told.
    pub account_type: Option<AccountType>,
    /// Their currency.
    pub currency: Currency,
    /// How many they are.
    pub accounts: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// There is more to count than one answer may take.
    #[error("the period has more than {limit} groups to count")]
    TooMuch {
        /// That many.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sums over the transactions of all accounts, a moment behind.
pub trait Analytics: Send + Sync {
    /// By day, type, account type and currency, in this order.
    fn daily_volumes(
        &self,
        period: Period,
    ) -> impl Future<Output = Result<Vec<DailyVolume>, AnalyticsError>> + Send;

    /// For each currency up to `limit` accounts, the first ones first.
    fn top_accounts(
        &self,
        period: Period,
        by: By,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<TopAccount>, AnalyticsError>> + Send;

    /// By currency, type and account type.
    fn fees(&self, period: Period) -> impl Future<Output = Result<Vec<Fees>, AnalyticsError>> + Send;

    /// By currency and account type.
    fn active_accounts(
        &self,
        period: Period,
    ) -> impl Future<Output = Result<Vec<ActiveAccounts>, AnalyticsError>> + Send;
}
