//! The read models as queries see them. How they are kept is the business of the crate `read-models`.

use std::future::Future;

use domain::{
    AccountId, Decimal, Money, Timestamp, TransactionId, UserId,
    account::{AccountType, Status},
};

use super::StoreError;

/// One row an account: all that the account page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// The account.
    pub account_id: AccountId,
    /// The owner.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
    /// What the account holds.
    pub balance: Money,
    /// Whether it can be used.
    pub status: Status,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When money last moved.
    pub last_transaction_at: Timestamp,
    /// Transactions a UTC day, oldest first, over the last 31 days that had any.
    pub daily_counts: Vec<DailyCount>,
    /// The newest transactions, newest first, at most 10.
    pub recent_transaction_ids: Vec<TransactionId>,
    /// All that was deposited, the initial deposit included.
    pub total_deposits: Money,
    /// All that was withdrawn, fees included.
    pub total_withdrawals: Money,
    /// All that was sent, fees included.
    pub total_transfers_out: Money,
    /// All that was received.
    pub total_transfers_in: Money,
    /// The version of the last event in this row.
    pub version: u64,
    /// Business time of that event.
    pub last_updated: Timestamp,
}

impl AccountSummary {
    /// Transactions in the 30 days up to `now`: of that day in UTC and of the 29 before it.
    #[must_use]
    pub fn transaction_count_30days(&self, now: Timestamp) -> u64 {
        let days = now.day() - 29..=now.day();
        self.daily_counts.iter().filter(|daily| days.contains(&daily.day)).map(|daily| daily.count).sum()
    }
}

/// How many transactions a day had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyCount {
    /// Days since 1970-01-01, in UTC.
    pub day: i64,
    /// Transactions on that day.
    pub count: u64,
}

/// How fresh an answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Whatever the read model has.
    Eventual,
    /// At least this version; what a command answered is a good one to ask for.
    AtLeast(u64),
    /// The newest there is.
    Strong,
}

/// The account summaries.
pub trait Summaries: Send + Sync {
    /// One account's row, as fresh as asked: from the read model, or brought up to date from the events on the way.
    fn find(
        &self,
        account_id: &AccountId,
        freshness: Freshness,
    ) -> impl Future<Output = Result<Option<AccountSummary>, StoreError>> + Send;

    /// The rows of all the accounts of a user, by account id.
    fn of_user(
        &self,
        user_id: &UserId,
    ) -> impl Future<Output = Result<Vec<AccountSummary>, StoreError>> + Send;
}

/// Which way money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionType {
    /// A deposit, the initial one included.
    Credit,
    /// A withdrawal.
    Debit,
    /// The sending leg of a transfer.
    TransferOut,
    /// The receiving leg of a transfer.
    TransferIn,
}

impl TransactionType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Credit, Self::Debit, Self::TransferOut, Self::TransferIn];

    /// As clients know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
            Self::TransferOut => "TRANSFER_OUT",
            Self::TransferIn => "TRANSFER_IN",
        }
    }

    /// Whether it makes a balance smaller.
    #[must_use]
    pub fn is_outgoing(self) -> bool {
        matches!(self, Self::Debit | Self::TransferOut)
    }
}

/// One movement of money on one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Names it.
    pub transaction_id: TransactionId,
    /// Where it happened.
    pub account_id: AccountId,
    /// The kind of account; `None` if the state that was stored with the event does not tell.
    pub account_type: Option<AccountType>,
    /// Which way.
    pub transaction_type: TransactionType,
    /// How much, the fee not counted.
    pub amount: Money,
    /// What the bank took on top.
    pub fee: Money,
    /// The balance then.
    pub balance_after: Money,
    /// Business time.
    pub timestamp: Timestamp,
    /// One line for people.
    pub description: String,
    /// The customer's words.
    pub reference: Option<String>,
    /// Who was on the other side: an account id, or what an import knew.
    pub counterparty: Option<String>,
    /// The version of the event in its account's stream.
    pub version: u64,
}

/// Which transactions of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFilter {
    /// The account.
    pub account_id: AccountId,
    /// From this time on, itself included.
    pub from: Timestamp,
    /// Up to this time, itself included.
    pub to: Timestamp,
    /// Only of these types; empty: of all.
    pub types: Vec<TransactionType>,
    /// Of at least this amount.
    pub min_amount: Option<Decimal>,
    /// Of at most this amount.
    pub max_amount: Option<Decimal>,
    /// With just this counterparty.
    pub counterparty: Option<String>,
    /// With just this reference.
    pub reference: Option<String>,
    /// With all of these words in reference or description.
    pub text: Option<String>,
}

/// Which part of the matching transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The n-th page, from 1 on.
    Number(u32),
    /// What follows the transaction that this cursor of an earlier page stands for.
    After(String),
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Descending,
    /// The oldest first.
    Ascending,
}

/// A page of transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The transactions of this page.
    pub transactions: Vec<Transaction>,
    /// How many match in all.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
    /// Stands for the last transaction of this page, if more follow.
    pub next_cursor: Option<String>,
}

/// Why a page of the history cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Pages by number end there.
    #[error("pages by number reach {limit} transactions deep: go on with next_cursor")]
    TooDeep {
        /// That deep, in transactions.
        limit: u32,
    },
    /// The cursor is not one that was given out.
    #[error("take the cursor from next_cursor of the page before")]
    InvalidCursor,
    /// There is more to look through than one answer may take.
    #[error("there are more than {limit} events to look through: ask for a shorter period")]
    TooLong {
        /// That many.
        limit: u64,
    },
    /// Words are looked for by a search index, and there is none.
    #[error("this deployment has no search index: filter by reference or counterparty instead")]
    NoSearch,
}

/// Why the history has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The page that was asked for cannot be had.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The transaction history.
pub trait History: Send + Sync {
    /// A page of an account's transactions, of `size` at most.
    fn search(
        &self,
        filter: &HistoryFilter,
        page: &Page,
        order: Order,
        size: u32,
    ) -> impl Future<Output = Result<HistoryPage, HistoryError>> + Send;

    /// One transaction of an account.
    fn find(
        &self,
        account_id: &AccountId,
        transaction_id: &TransactionId,
    ) -> impl Future<Output = Result<Option<Transaction>, HistoryError>> + Send;
}
