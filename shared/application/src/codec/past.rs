//! What events looked like before, each with the one step to its next version.
//!
//! A step is total: what was once written can always be read. An event of version 1 goes through all the steps that
//! there are, by the types: `V1 → V2 → … → domain`.

use domain::{
    Money, Text,
    account::{FeeRule, MoneyWithdrawn},
};
use serde::Deserialize;

/// `MoneyWithdrawn` until November 2026: a fee, and nothing on why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoneyWithdrawnV1 {
    amount: Money,
    fee: Money,
    balance_after: Money,
    #[serde(default)]
    reference: Option<Text>,
    #[serde(default)]
    counterparty: Option<Text>,
}

impl From<MoneyWithdrawnV1> for MoneyWithdrawn {
    /// There was but one rule then by which a withdrawal cost anything.
    fn from(v1: MoneyWithdrawnV1) -> Self {
        let MoneyWithdrawnV1 { amount, fee, balance_after, reference, counterparty } = v1;
        let fee_rule = FeeRule::of_withdrawal(fee);
        Self { amount, fee, fee_rule, balance_after, reference, counterparty }
    }
}
