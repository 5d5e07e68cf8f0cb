//! What the bank's own people may ask of the projections: what is parked, and to set it going again.

use crate::{
    AdminError,
    commands::Caller,
    ports::{Parked, ParkedAccounts, ParkedId, Projection, Redriven},
};

/// The administration of the projections.
#[derive(Clone, Debug)]
pub struct Admin<P> {
    parked: P,
}

/// Some of the parked accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedPage {
    /// By projection and account.
    pub parked: Vec<Parked>,
    /// The last of them, if more follow.
    pub next: Option<ParkedId>,
}

impl<P: ParkedAccounts> Admin<P> {
    /// The administration over these parked accounts.
    pub fn new(parked: P) -> Self {
        Self { parked }
    }

    /// A page of at most `limit` parked accounts, of one projection or of all.
    ///
    /// # Errors
    /// [`AdminError`].
    pub async fn parked(
        &self,
        caller: &Caller,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<ParkedPage, AdminError> {
        caller.admin_or(AdminError::Forbidden)?;
        // One more than the page has: only so is it known whether more follow.
        let mut parked = self.parked.page(projection, after, limit.saturating_add(1)).await?;
        let has_more = parked.len() > limit;
        parked.truncate(limit);
        let next = parked.last().filter(|_| has_more).map(Parked::id);
        Ok(ParkedPage { parked, next })
    }

    /// Projects a parked account anew from its events. Asked again, it does the same again, or finds nothing parked.
    ///
    /// # Errors
    /// [`AdminError::ParkedNotFound`] if it is not parked.
    pub async fn redrive(&self, caller: &Caller, id: &ParkedId) -> Result<Redriven, AdminError> {
        caller.admin_or(AdminError::Forbidden)?;
        self.parked.redrive(id).await?.ok_or(AdminError::ParkedNotFound)
    }
}
