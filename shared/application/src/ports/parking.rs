//! Accounts that a projection has stopped at, as admins see them and set them going again.

use std::{fmt, future::Future, str::FromStr};

use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::error::chain;

/// The longest reason that is kept, in characters.
const REASON_LENGTH_MAX: usize = 1_000;

/// A projection that is kept account by account, under the name that it is stored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// One row an account.
    AccountSummary,
    /// One document a transaction.
    TransactionHistory,
    /// One position a commit.
    Journal,
}

/// A name that no projection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a projection is account-summary, transaction-history or journal")]
pub struct UnknownProjection;

/// An account that a projection has stopped at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Which projection.
    pub projection: Projection,
    /// The account.
    pub account_id: AccountId,
    /// The first version that could not be projected.
    pub version: u64,
    /// Why, for people.
    pub reason: String,
    /// Since when, by the clock of who parked it; rows of earlier builds do not say.
    pub parked_at: Option<Timestamp>,
}

/// Names a parked account; opaque to whoever carries it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParkedId {
    /// Which projection.
    pub projection: Projection,
    /// The account.
    pub account_id: AccountId,
}

/// The text names no parked account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take the id from the list of parked accounts")]
pub struct InvalidParkedId;

/// What came of redriving a parked account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redriven {
    /// All its events are projected, up to this version, and it is parked no more.
    UpToDate {
        /// The newest version.
        version: u64,
    },
    /// It still cannot be projected; why, it says anew.
    StillParked(Parked),
}

/// Parked accounts, and how they are set going again.
pub trait ParkedAccounts: Send + Sync {
    /// Up to `limit` parked accounts that follow on `after`, by projection and account; of one projection or of all.
    fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Parked>, StoreError>> + Send;

    /// Projects a parked account anew from its events, in order; `None` if it is not parked. Doing it again is no harm.
    fn redrive(&self, id: &ParkedId) -> impl Future<Output = Result<Option<Redriven>, StoreError>> + Send;
}

impl Projection {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::AccountSummary, Self::TransactionHistory, Self::Journal];

    /// Those that queries of accounts read.
    pub const READ_MODELS: [Self; 2] = [Self::AccountSummary, Self::TransactionHistory];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountSummary => "account-summary",
            Self::TransactionHistory => "transaction-history",
            Self::Journal => "journal",
        }
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Projection {
    type Err = UnknownProjection;

    fn from_str(name: &str) -> Result<Self, UnknownProjection> {
        Self::ALL.into_iter().find(|projection| projection.as_str() == name).ok_or(UnknownProjection)
    }
}

impl Parked {
    /// An account parked because of this error; the reason has the error's whole chain.
    #[must_use]
    pub fn because(
        projection: Projection,
        account_id: AccountId,
        version: u64,
        error: &dyn std::error::Error,
    ) -> Self {
        Self::new(projection, account_id, version, &chain(error))
    }

    /// An account parked for this reason; since when, whoever keeps it says.
    #[must_use]
    pub fn new(projection: Projection, account_id: AccountId, version: u64, reason: &str) -> Self {
        let reason = reason.chars().take(REASON_LENGTH_MAX).collect();
        Self { projection, account_id, version, reason, parked_at: None }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> ParkedId {
        ParkedId { projection: self.projection, account_id: self.account_id.clone() }
    }
}

impl fmt::Display for ParkedId {
    /// An account id may have colons in it, a projection has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.projection, self.account_id)
    }
}

impl FromStr for ParkedId {
    type Err = InvalidParkedId;

    fn from_str(text: &str) -> Result<Self, InvalidParkedId> {
        let (projection, account_id) = text.split_once(':').ok_or(InvalidParkedId)?;
        let projection = projection.parse().map_err(|_| InvalidParkedId)?;
        Ok(Self { projection, account_id: account_id.parse().map_err(|_| InvalidParkedId)? })
    }
}
