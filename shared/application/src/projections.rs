//! The projections and their rebuilds, for the bank's own people.

use crate::{AdminError, commands::Caller};

/// Projections that only admins get to.
#[derive(Clone, Debug)]
pub struct ProjectionAdmin<P> {
    projections: P,
}

impl<P> ProjectionAdmin<P> {
    /// These projections, for admins.
    pub fn new(projections: P) -> Self {
        Self { projections }
    }

    /// The projections, as they are looked after.
    ///
    /// # Errors
    /// [`AdminError::Forbidden`] for everybody else.
    pub fn open_to(&self, caller: &Caller) -> Result<&P, AdminError> {
        caller.admin_or(AdminError::Forbidden)?;
        Ok(&self.projections)
    }
}
