//! Why the bank says no. Each is a state of the world, with the facts a client needs to act on it.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::{Money, MoneyError};

/// A rule that a command would break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The amount cannot be one in the account's currency.
    #[error(transparent)]
    InvalidAmount(#[from] MoneyError),
    /// The amount is zero.
    #[error("an amount must be above zero")]
    AmountNotPositive,
    /// The balance does not cover the amount and its fee.
    #[error("the account holds {available}, and {required} would be needed, fee included")]
    InsufficientFunds {
        /// What the account holds.
        available: Money,
        /// The amount and its fee together.
        required: Money,
    },
    /// The account is frozen or closed.
    #[error("the account is {status}, and has to be ACTIVE for this")]
    AccountInactive {
        /// What it is instead of active.
        status: Status,
    },
    /// Only a frozen account can be unfrozen.
    #[error("the account is {status}, and only a frozen account can be unfrozen")]
    AccountNotFrozen {
        /// What it is instead of frozen.
        status: Status,
    },
    /// Only an empty account can be closed.
    #[error("the account still holds {balance}: withdraw or transfer it first")]
    BalanceNotZero {
        /// What it holds.
        balance: Money,
    },
    /// The balance would have more digits than money can.
    #[error("the account holds {balance}, and would hold more than the ledger can write")]
    BalanceLimitExceeded {
        /// What it holds.
        balance: Money,
    },
    /// The first deposit is too small.
    #[error("the initial deposit is {offered}, and at least {minimum} is needed")]
    MinimumDepositNotMet {
        /// The smallest initial deposit.
        minimum: Money,
        /// What was offered.
        offered: Money,
    },
    /// The receiving account is frozen or closed.
    #[error("the receiving account takes no money now")]
    ReceiverInactive,
    /// The receiving account's balance would have more digits than money can.
    #[error("the receiving account cannot take so much")]
    ReceiverLimitExceeded,
    /// Sender and receiver are one account.
    #[error("money cannot be transferred from an account to itself")]
    SameAccountTransfer,
    /// Sender and receiver have different currencies.
    #[error("the receiving account is in {expected}, not {given}")]
    CurrencyMismatch {
        /// The receiver's currency code.
        expected: String,
        /// The sender's currency code.
        given: String,
    },
    /// The bank has no such kind of account.
    #[error("{given} is not an account type: use CHECKING, SAVINGS, BUSINESS or INVESTMENT")]
    InvalidAccountType {
        /// The name as given.
        given: String,
    },
}
