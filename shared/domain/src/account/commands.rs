//! What may be asked of an account.

use rust_decimal::Decimal;

use super::AccountType;
use crate::{AccountId, Money, Text, TransferId, UserId};

/// The wish to open an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The owner to be.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
    /// At least [`MINIMUM_DEPOSIT_UNITS`](super::MINIMUM_DEPOSIT_UNITS) of its currency.
    pub initial_deposit: Money,
    /// The customer's words.
    pub reference: Option<Text>,
}

/// A wish on an open account. Amounts are plain numbers where the account's own currency is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Put money in.
    Deposit {
        /// How much, above zero.
        amount: Decimal,
        /// The customer's words.
        reference: Option<Text>,
        /// Who paid, where it is known.
        counterparty: Option<Text>,
    },
    /// Take money out.
    Withdraw {
        /// How much, above zero, the fee not counted.
        amount: Decimal,
        /// The customer's words.
        reference: Option<Text>,
        /// Who was paid, where it is known.
        counterparty: Option<Text>,
    },
    /// Let no money move.
    Freeze {
        /// Why.
        reason: Text,
    },
    /// Let money move again.
    Unfreeze {
        /// Why.
        reason: Text,
    },
    /// Close the account for good.
    Close {
        /// Why.
        reason: Text,
    },
}

/// The wish to move money between two accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Names the transfer in both events.
    pub transfer_id: TransferId,
    /// The account that sends, and pays the fee.
    pub from_account_id: AccountId,
    /// The account that receives.
    pub to_account_id: AccountId,
    /// How much of the sender's currency, above zero, the fee not counted.
    pub amount: Decimal,
    /// The customer's words, on both events.
    pub reference: Option<Text>,
}
