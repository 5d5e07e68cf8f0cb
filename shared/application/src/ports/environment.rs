//! Time, ids and chance: all that makes one run differ from the next.

use std::{future::Future, time::Duration};

use domain::Timestamp;
use uuid::Uuid;

/// Where time, ids and chance come from; a test gives the same ones again.
pub trait Environment: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// A new id, sorted by time (UUID version 7).
    fn new_id(&self) -> Uuid;

    /// A wait of between zero and `longest`, by chance, so that writers who collided do not collide again.
    fn pause(&self, longest: Duration) -> impl Future<Output = ()> + Send;

    /// A wait of just so long.
    fn wait(&self, time: Duration) -> impl Future<Output = ()> + Send;
}
