//! The one clock of a run: clients, proxy and checks go by it.

use std::time::Instant;

use bank::clock::now;
use testing::history::Micros;

/// Began with the run. Copies are the same clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    pub(crate) fn micros(self) -> Micros {
        Micros::try_from(self.0.elapsed().as_micros()).unwrap_or(Micros::MAX)
    }
}
