//! The projections and their rebuilds, for the bank's own people.

use uuid::Uuid;

use crate::{
    commands::Caller,
    ports::{
        Generation, Generations, Projection, ProjectionState, Projections, Rebuild, RebuildError,
        RebuildRequest, StoreError,
    },
};

/// The use cases over the projections.
#[derive(Clone, Debug)]
pub struct ProjectionAdmin<P> {
    projections: P,
}

/// Why a projection was not looked at, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionAdminError {
    /// Only the bank's own people may do this.
    #[error("this takes an admin")]
    Forbidden,
    /// It is not as it has to be for that.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
}

impl From<StoreError> for ProjectionAdminError {
    fn from(error: StoreError) -> Self {
        Self::Rebuild(error.into())
    }
}

impl<P: Projections> ProjectionAdmin<P> {
    /// The use cases over these projections.
    pub fn new(projections: P) -> Self {
        Self { projections }
    }

    /// How each projection stands.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn states(&self, caller: &Caller) -> Result<Vec<ProjectionState>, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.states().await?)
    }

    /// Begins a rebuild; asked again with the same id, says how far it is.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn start(
        &self,
        caller: &Caller,
        projection: Projection,
        request: &RebuildRequest,
    ) -> Result<Rebuild, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.start(projection, request).await?)
    }

    /// How far a rebuild is.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn rebuild(
        &self,
        caller: &Caller,
        projection: Projection,
        id: Uuid,
    ) -> Result<Rebuild, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.rebuild(projection, id).await?)
    }

    /// Gives up a rebuild.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn cancel(
        &self,
        caller: &Caller,
        projection: Projection,
        id: Uuid,
    ) -> Result<Rebuild, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.cancel(projection, id).await?)
    }

    /// Sets workers on what is left of a rebuild.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn resume(
        &self,
        caller: &Caller,
        projection: Projection,
        id: Uuid,
    ) -> Result<Rebuild, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.resume(projection, id).await?)
    }

    /// Lets queries read a generation.
    ///
    /// # Errors
    /// [`ProjectionAdminError`].
    pub async fn read(
        &self,
        caller: &Caller,
        projection: Projection,
        generation: Generation,
    ) -> Result<Generations, ProjectionAdminError> {
        allow(caller)?;
        Ok(self.projections.read(projection, generation).await?)
    }
}

fn allow(caller: &Caller) -> Result<(), ProjectionAdminError> {
    if caller.is_admin { Ok(()) } else { Err(ProjectionAdminError::Forbidden) }
}
