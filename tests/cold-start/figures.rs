//! What is said of many starts of one function.

use std::time::Duration;

use serde::Serialize;

use crate::start::{MARKS, Start};

/// In milliseconds.
#[derive(Serialize)]
pub(crate) struct Figures {
    name: &'static str,
    bytes: u64,
    polled: Percentiles,
    answered: Percentiles,
    polled_processor: Percentiles,
    answered_processor: Percentiles,
    /// What lay between a mark and the one before it, and from the last one to the first poll: all but `main`.
    parts: Vec<(&'static str, Percentiles)>,
}

#[derive(Serialize)]
struct Percentiles {
    p50_ms: f64,
    p99_ms: f64,
}

impl Figures {
    pub(crate) fn of(name: &'static str, bytes: u64, starts: &[Start]) -> Self {
        let of = |time: fn(&Start) -> Duration| Percentiles::of(starts.iter().map(time));
        Self {
            name,
            bytes,
            polled: of(|start| start.polled),
            answered: of(|start| start.answered),
            polled_processor: of(|start| start.polled_processor),
            answered_processor: of(|start| start.answered_processor),
            parts: parts(starts),
        }
    }
}

/// The marks that every start came by, and the time before each.
fn parts(starts: &[Start]) -> Vec<(&'static str, Percentiles)> {
    let mut parts = Vec::new();
    let mut before = vec![Duration::ZERO; starts.len()];
    for mark in MARKS {
        let at: Option<Vec<Duration>> = starts.iter().map(|start| start.marks.get(mark).copied()).collect();
        let Some(at) = at else { continue };
        let took = at.iter().zip(&before).map(|(at, before)| at.saturating_sub(*before));
        parts.push((mark, Percentiles::of(took)));
        before = at;
    }
    if !parts.is_empty() {
        let around = starts.iter().zip(&before).map(|(start, inside)| start.polled.saturating_sub(*inside));
        parts.push(("around", Percentiles::of(around)));
    }
    parts
}

impl Percentiles {
    fn of(measured: impl IntoIterator<Item = Duration>) -> Self {
        let mut all: Vec<Duration> = measured.into_iter().collect();
        all.sort();
        // The smallest that so many percent do not exceed.
        let at = |percent: usize| {
            let place = (all.len() * percent).div_ceil(100).max(1) - 1;
            all.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Self { p50_ms: at(50), p99_ms: at(99) }
    }
}
