//! What cannot be projected is parked, with its reason, for that projection and that account only.
//!
//! An account stays parked at its first version that could not be read. Once the cause is mended, the account is
//! projected anew from the events table, in order ([`Redrive`](crate::redrive::Redrive)), and its row here is taken away.

#[cfg(feature = "servers")]
mod dynamodb;
mod memory;

use std::future::Future;

use application::ports::{ParkedId, Projection};

use crate::{TableError, summary::Written};

pub use application::ports::Parked;
#[cfg(feature = "servers")]
pub use dynamodb::DynamoDbParking;
pub use memory::MemoryParking;

/// Where parked accounts are kept: one row a projection and account.
pub trait Parking: Send + Sync {
    /// Parks an account, and writes down when. If it is parked at the same or an earlier version already, that stays.
    ///
    /// # Errors
    /// [`TableError`]; then it is not parked.
    fn park(&self, parked: &Parked) -> impl Future<Output = Result<(), TableError>> + Send;
}

/// Parks an account, and says so in the log.
///
/// # Errors
/// [`TableError`]; then it is not parked.
pub(crate) async fn park<P: Parking>(parking: &P, parked: &Parked) -> Result<(), TableError> {
    let Parked { projection, account_id, version, reason, .. } = parked;
    tracing::error!(%projection, %account_id, version, reason, "parked an account");
    parking.park(parked).await
}

/// Parked accounts that can be found again, and be taken away.
pub trait ParkingLot: Parking {
    /// One parked account, with all writes before.
    ///
    /// # Errors
    /// [`TableError`].
    fn find(&self, id: &ParkedId) -> impl Future<Output = Result<Option<Parked>, TableError>> + Send;

    /// Up to `limit` parked accounts that follow on `after`, by projection and account; of one projection or of all.
    ///
    /// # Errors
    /// [`TableError`].
    fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Parked>, TableError>> + Send;

    /// Puts what is wrong now in the place of a row that is still the one seen, by its version. Since when the account
    /// is parked stays as it was seen.
    ///
    /// # Errors
    /// [`TableError`]; then it may have been written or not.
    fn renew(
        &self,
        seen: &Parked,
        parked: &Parked,
    ) -> impl Future<Output = Result<Written, TableError>> + Send;

    /// Takes a row away that is still the one seen, by its version.
    ///
    /// # Errors
    /// [`TableError`]; then it may be gone or not.
    fn remove(&self, seen: &Parked) -> impl Future<Output = Result<Written, TableError>> + Send;
}
