//! Rebuilds: a read model made anew from the events while the old one is read and kept up to date.
//!
//! A rebuild is cut into segments, each with a place of its own to note how far it is. Whoever gets a task reads a page,
//! projects it, and notes the next one on the condition that the place is still where it was; so a segment goes on where
//! it stopped, and what two workers do at once is done right and counted once. Everything that is projected converges:
//! it may come twice, and beside what projectors write.
//!
//! Nothing here reaches the world outside the read models: a rebuild sends no message, pays nothing and calls nobody.

mod administration;
mod as_of;
mod begin;
mod finish;
mod history;
mod job;
mod model;
mod monitor;
#[cfg(feature = "servers")]
mod queue;
mod summary;
mod worker;

use std::future::Future;

use application::ports::Projection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use administration::Administration;
pub use history::HistoryModel;
pub use model::{Models, ReadModel};
pub use monitor::{LAG_COMMITS_MAX, Monitor};
#[cfg(feature = "servers")]
pub use queue::SqsTasks;
pub use summary::SummaryModel;
pub use worker::{Worked, Worker};

pub(crate) use job::Job;

/// One segment of a rebuild that somebody is to work at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Of which projection.
    pub projection: Projection,
    /// Which rebuild.
    pub rebuild: Uuid,
    /// Which segment of it.
    pub segment: u32,
}

/// Why a task could not be handed on.
#[derive(Debug, thiserror::Error)]
#[error("a task could not be handed on")]
pub struct TaskError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where tasks wait for workers. Each is delivered once or more often.
pub trait Tasks: Send + Sync {
    /// Hands tasks on.
    ///
    /// # Errors
    /// [`TaskError`]; some may be on their way.
    fn send(&self, tasks: &[Task]) -> impl Future<Output = Result<(), TaskError>> + Send;

    /// Hands a task on that nobody is to begin before so many seconds.
    ///
    /// # Errors
    /// [`TaskError`].
    fn send_later(
        &self,
        task: &Task,
        delay_seconds: i32,
    ) -> impl Future<Output = Result<(), TaskError>> + Send;
}
