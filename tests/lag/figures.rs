//! What is said of many measurements.

use std::time::Duration;

use serde::Serialize;

/// Of one kind of measurement: percentiles in milliseconds.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    samples: usize,
    /// Those that were given up.
    never: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Figures {
    /// Of these; `None` is what was given up.
    pub(crate) fn of(measured: impl IntoIterator<Item = Option<Duration>>) -> Self {
        let all: Vec<Option<Duration>> = measured.into_iter().collect();
        let mut seen: Vec<Duration> = all.iter().copied().flatten().collect();
        seen.sort();
        // The smallest that so many percent do not exceed.
        let at = |percent: usize| {
            let place = (seen.len() * percent).div_ceil(100).max(1) - 1;
            seen.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Self {
            samples: all.len(),
            never: all.len() - seen.len(),
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}
