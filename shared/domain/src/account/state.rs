//! What an account is after its events.

use std::{fmt, str::FromStr};

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use super::{Event, Rejection};
use crate::{Money, Timestamp, UserId};

/// An account that has been opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The owner.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
    /// What the account holds.
    pub balance: Money,
    /// Whether it can be used.
    pub status: Status,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When money last moved.
    pub last_transaction_at: Timestamp,
}

impl Account {
    /// The one currency of the account.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.balance.currency()
    }
}

/// The kinds of account the bank offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccountType {
    /// For daily payments.
    Checking,
    /// For saving; large withdrawals cost a fee.
    Savings,
    /// For companies.
    Business,
    /// For securities.
    Investment,
}

impl FromStr for AccountType {
    type Err = Rejection;

    /// Takes a name in any case.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        match text.to_ascii_uppercase().as_str() {
            "CHECKING" => Ok(Self::Checking),
            "SAVINGS" => Ok(Self::Savings),
            "BUSINESS" => Ok(Self::Business),
            "INVESTMENT" => Ok(Self::Investment),
            _ => Err(Rejection::InvalidAccountType { given: text.to_owned() }),
        }
    }
}

impl fmt::Display for AccountType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checking => "CHECKING",
            Self::Savings => "SAVINGS",
            Self::Business => "BUSINESS",
            Self::Investment => "INVESTMENT",
        })
    }
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Money may move.
    Active,
    /// No money moves until the bank lifts the freeze.
    Frozen,
    /// No money moves ever again.
    Closed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "ACTIVE",
            Self::Frozen => "FROZEN",
            Self::Closed => "CLOSED",
        })
    }
}

/// Events in an order that no account can have lived: the stream is damaged and nothing may be built on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenHistory {
    /// Something happened before the account was opened.
    #[error("the first event of an account must open it")]
    NotOpened,
    /// The account was opened a second time.
    #[error("an account is opened only once")]
    OpenedTwice,
}

/// The account after one more event, which happened `at` this time.
///
/// # Errors
/// [`BrokenHistory`] if no account can have lived that event; history decided by [`decide`](super::decide) never does.
pub fn evolve(account: Option<Account>, event: &Event, at: Timestamp) -> Result<Account, BrokenHistory> {
    let Some(account) = account else {
        let Event::AccountCreated(created) = event else { return Err(BrokenHistory::NotOpened) };
        return Ok(Account {
            user_id: created.user_id.clone(),
            account_type: created.account_type,
            balance: created.initial_deposit,
            status: Status::Active,
            opened_at: at,
            last_transaction_at: at,
        });
    };
    let moved = |balance| Account { balance, last_transaction_at: at, ..account.clone() };
    Ok(match event {
        Event::AccountCreated(_) => return Err(BrokenHistory::OpenedTwice),
        Event::MoneyDeposited(deposited) => moved(deposited.balance_after),
        Event::MoneyWithdrawn(withdrawn) => moved(withdrawn.balance_after),
        Event::MoneyTransferred(transferred) => moved(transferred.balance_after),
        Event::MoneyReceived(received) => moved(received.balance_after),
        Event::AccountFrozen(_) => Account { status: Status::Frozen, ..account },
        Event::AccountUnfrozen(_) => Account { status: Status::Active, ..account },
        Event::AccountClosed(_) => Account { status: Status::Closed, ..account },
    })
}
