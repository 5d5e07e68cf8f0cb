//! What the bank charges. Source of each rule: the requirements' `CalculateWithdrawalFee` and `CalculateTransferFee`.

use serde::{Deserialize, Serialize};

use super::AccountType;
use crate::Money;

/// Which rule a withdrawal's fee comes from. A transfer's fee follows from its amount alone and needs no such word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeeRule {
    /// A large withdrawal from a savings account.
    LargeSavingsWithdrawal,
}

impl FeeRule {
    /// The rule behind a withdrawal's fee; none where nothing was taken.
    #[must_use]
    pub fn of_withdrawal(fee: Money) -> Option<Self> {
        (!fee.is_zero()).then_some(Self::LargeSavingsWithdrawal)
    }
}

/// Savings accounts pay a fee for a withdrawal above this many units of their currency.
const FREE_SAVINGS_WITHDRAWAL_UNITS: u32 = 1_000;
const SAVINGS_WITHDRAWAL_FEE_UNITS: u32 = 5;

/// A transfer above this many units costs the larger fee.
const SMALL_TRANSFER_UNITS: u32 = 10_000;
const SMALL_TRANSFER_FEE_UNITS: u32 = 2;
const LARGE_TRANSFER_FEE_UNITS: u32 = 10;

/// The fee for taking out `amount`: 5 for more than 1,000 from a savings account, else nothing.
#[must_use]
pub fn withdrawal_fee(account_type: AccountType, amount: Money) -> Money {
    let charged = account_type == AccountType::Savings && amount.exceeds(FREE_SAVINGS_WITHDRAWAL_UNITS);
    Money::whole(if charged { SAVINGS_WITHDRAWAL_FEE_UNITS } else { 0 }, amount.currency())
}

/// The fee for sending `amount`: 10 for more than 10,000, else 2.
#[must_use]
pub fn transfer_fee(amount: Money) -> Money {
    let large = amount.exceeds(SMALL_TRANSFER_UNITS);
    Money::whole(if large { LARGE_TRANSFER_FEE_UNITS } else { SMALL_TRANSFER_FEE_UNITS }, amount.currency())
}
