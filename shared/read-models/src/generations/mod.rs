//! Generations of a read model: complete makings of it, side by side.
//!
//! One of them is read. A rebuild makes another beside it, projectors write all that take part, and one write makes
//! queries read the new one; the old one is kept up to date until somebody takes it away, so that the way back is one
//! write too.
//!
//! No commit is lost between a rebuild and the projectors. A projector asks which generations there are **after** it was
//! given its commits, strongly consistently; a rebuild begins to read the events **after** the new generation was
//! announced. So of a commit that was projected without the new generation, the rebuild reads the event.

mod control;
#[cfg(feature = "servers")]
mod dynamodb;
mod live;
mod memory;
mod recent;

use std::future::Future;

use application::ports::{Generation, Generations, Projection};

use crate::TableError;

pub use control::{ControlTable, Entry};
#[cfg(feature = "servers")]
pub use dynamodb::DynamoDbControlTable;
pub use live::{LiveHistoryProjector, LiveRedrive, LiveSummaryProjector, LiveSummaryTable};
pub use memory::MemoryControlTable;
pub use recent::{LIFETIME_SECONDS, RecentGenerations};

pub(crate) use control::{Record, record};

/// A read model of which there can be several generations.
pub trait Generational: Clone + Send + Sync {
    /// One of them.
    #[must_use]
    fn at(&self, generation: Generation) -> Self;
}

/// Which generations the read models have.
pub trait GenerationCatalog: Send + Sync {
    /// The generations of a projection's read model.
    ///
    /// # Errors
    /// [`TableError`].
    fn generations(
        &self,
        projection: Projection,
    ) -> impl Future<Output = Result<Generations, TableError>> + Send;
}

impl<C: ControlTable> GenerationCatalog for C {
    async fn generations(&self, projection: Projection) -> Result<Generations, TableError> {
        Ok(record(self, projection).await?.0.generations)
    }
}
