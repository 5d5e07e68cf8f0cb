//! The same account with each event store: deposits, transfers, a balance.

mod account;
mod adapter;
mod cqrs;
mod floor;
mod passbook;

use anyhow::Result;
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use uuid::Uuid;

pub use adapter::Adapter;
pub use cqrs::Cqrs;
pub use floor::Floor;
pub use passbook::{Passbook, next};

/// Every deposit and every transfer, in cents.
pub const AMOUNT_CENTS: i64 = 100;

/// What came of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Somebody else was quicker: nothing has happened.
    Conflict,
    Failed(String),
}

/// Between zero and one, for pauses: the random end of a new id.
pub fn chance() -> f64 {
    let [.., a, b, c, d] = Uuid::now_v7().into_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

/// One event store.
#[async_trait]
pub trait Variant: Send + Sync {
    /// Its name in the tables.
    fn name(&self) -> &'static str;

    /// Gives an account a history of so many events: its opening, and deposits.
    async fn fill(&self, account: &str, length: u64) -> Result<()>;

    /// One command, tried once; with tries of the store's own, if it has any.
    async fn deposit(&self, account: &str) -> Outcome;

    /// A transfer, or what comes nearest to it.
    async fn transfer(&self, from: &str, to: &str) -> Outcome;

    /// The balance that the next command would start from, in cents.
    async fn balance(&self, account: &str) -> Result<i64>;
}

/// All of them, over tables of their own.
pub async fn all(client: &Client) -> Result<Vec<Box<dyn Variant>>> {
    Ok(vec![
        Box::new(Passbook::new(client).await?),
        Box::new(Floor::new(client).await?),
        Box::new(Cqrs::new(client).await?),
        Box::new(Adapter::new(client).await?),
    ])
}
