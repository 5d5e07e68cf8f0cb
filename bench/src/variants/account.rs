//! The account of the peers: opened, deposited to, withdrawn from.

use serde::{Deserialize, Serialize};

use super::AMOUNT_CENTS;

/// A fact about the account; the same fields as in the peers' own measurements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub command_id: String,
    pub amount_cents: i64,
    pub currency: String,
    pub reference: String,
    pub at: String,
}

impl Event {
    /// Money that came in, or with a minus went out.
    pub fn new(amount_cents: i64) -> Self {
        Self {
            command_id: uuid::Uuid::now_v7().to_string(),
            amount_cents,
            currency: "USD".to_owned(),
            reference: "Rent for November, flat 12".to_owned(),
            at: chrono::Utc::now().to_rfc3339(),
        }
    }

    /// The history of an account: its opening with 100.00, then deposits.
    pub fn history(length: u64) -> impl Iterator<Item = (u64, Self)> {
        (1..=length).map(|place| (place, Self::new(if place == 1 { 10_000 } else { AMOUNT_CENTS })))
    }
}
