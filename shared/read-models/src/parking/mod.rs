//! What cannot be projected is parked, with its reason, for that projection and that account only.
//!
//! An account stays parked at its first version that could not be read. Once the cause is mended, the account is
//! projected anew from the events table, in order, and its row here is taken away.

mod dynamodb;
mod memory;

use std::{error::Error, future::Future};

use domain::AccountId;

use crate::{TableError, error::chain};

pub use dynamodb::DynamoDbParking;
pub use memory::MemoryParking;

/// The longest reason that is kept, in characters.
const REASON_LENGTH_MAX: usize = 1_000;

/// An account that a projection has stopped at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The projection's name.
    pub projection: &'static str,
    /// The account.
    pub account_id: AccountId,
    /// The first version that could not be projected.
    pub version: u64,
    /// Why, for people.
    pub reason: String,
}

impl Parked {
    /// An account parked because of this error; the reason has the error's whole chain.
    #[must_use]
    pub fn because(projection: &'static str, account_id: AccountId, version: u64, error: &dyn Error) -> Self {
        Self::new(projection, account_id, version, &chain(error))
    }

    /// An account parked for this reason.
    #[must_use]
    pub fn new(projection: &'static str, account_id: AccountId, version: u64, reason: &str) -> Self {
        let reason = reason.chars().take(REASON_LENGTH_MAX).collect();
        Self { projection, account_id, version, reason }
    }
}

/// Where parked accounts are kept: one row a projection and account.
pub trait Parking: Send + Sync {
    /// Parks an account. If it is parked at the same or an earlier version already, that stays.
    ///
    /// # Errors
    /// [`TableError`]; then it is not parked.
    fn park(&self, parked: &Parked) -> impl Future<Output = Result<(), TableError>> + Send;
}
