//! A batch that a projection is at: its metrics, and a span for each commit in the trace of the request that made it.

use application::{Origin, ports::Environment};
use domain::Timestamp;

use crate::{metrics::ProjectionMetrics, telemetry};

/// A batch from when it was taken up.
#[derive(Debug)]
#[must_use = "a batch is told of when it is done or has failed"]
pub struct Batch<'a, E> {
    projection: &'a str,
    environment: &'a E,
    began: Timestamp,
}

impl<'a, E: Environment> Batch<'a, E> {
    /// A batch that this projection takes up now.
    pub fn begin(projection: &'a str, environment: &'a E) -> Self {
        Self { projection, environment, began: environment.now() }
    }

    /// These commits are projected now, but for those of so many accounts, which were parked.
    pub fn done(&self, origins: &[Origin], parked: usize) {
        let now = self.environment.now();
        ProjectionMetrics { projection: self.projection, parked, origins }.log(now);
        self.trace(origins, now, false);
    }

    /// These commits will come again.
    pub fn failed(&self, origins: &[Origin]) {
        self.trace(origins, self.environment.now(), true);
    }

    fn trace(&self, origins: &[Origin], now: Timestamp, has_failed: bool) {
        for origin in origins {
            telemetry::projected(self.projection, origin, self.began..now, has_failed);
        }
    }
}
