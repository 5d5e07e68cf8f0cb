//! What can happen to an account. The names and versions under which events are stored are in `application::codec`.

use serde::{Deserialize, Serialize};

use super::{AccountType, FeeRule};
use crate::{AccountId, Money, Text, TransferId, UserId};

/// A fact about one account. `balance_after` is the balance once the fact is in, fee taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The account was opened; the initial deposit is its first transaction.
    AccountCreated(AccountCreated),
    /// Money came in.
    MoneyDeposited(MoneyDeposited),
    /// Money went out.
    MoneyWithdrawn(MoneyWithdrawn),
    /// Money went to another account: the sending leg of a transfer.
    MoneyTransferred(MoneyTransferred),
    /// Money came from another account: the receiving leg.
    MoneyReceived(MoneyReceived),
    /// The bank froze the account.
    AccountFrozen(StatusChanged),
    /// The bank lifted the freeze.
    AccountUnfrozen(StatusChanged),
    /// The account was closed, for good.
    AccountClosed(StatusChanged),
}

/// The data of [`Event::AccountCreated`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountCreated {
    /// The owner.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
    /// The first deposit; the account's currency is its currency.
    pub initial_deposit: Money,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
}

/// The data of [`Event::MoneyDeposited`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyDeposited {
    /// How much, above zero.
    pub amount: Money,
    /// The balance then.
    pub balance_after: Money,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// Who was on the other side, where an import knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Text>,
}

/// The data of [`Event::MoneyWithdrawn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyWithdrawn {
    /// How much, above zero.
    pub amount: Money,
    /// What the bank took on top.
    pub fee: Money,
    /// Why, if it took anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_rule: Option<FeeRule>,
    /// The balance then.
    pub balance_after: Money,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
    /// Who was on the other side, where an import knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Text>,
}

/// The data of [`Event::MoneyTransferred`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyTransferred {
    /// Shared by both legs.
    pub transfer_id: TransferId,
    /// Where it went.
    pub to_account_id: AccountId,
    /// How much, above zero.
    pub amount: Money,
    /// What the bank took on top.
    pub fee: Money,
    /// The balance then.
    pub balance_after: Money,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
}

/// The data of [`Event::MoneyReceived`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyReceived {
    /// Shared by both legs.
    pub transfer_id: TransferId,
    /// Where it came from.
    pub from_account_id: AccountId,
    /// How much, above zero.
    pub amount: Money,
    /// The balance then.
    pub balance_after: Money,
    /// The customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text>,
}

/// The data of the events that change an account's status and no balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusChanged {
    /// Why.
    pub reason: Text,
}
