//! The start of a process, which whoever sent its first event waits for.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use domain::Timestamp;
use serde_json::json;

use super::{Metrics, Unit};
use crate::telemetry;

/// How long it took from the start of `main` until the process could take an event, in milliseconds.
static INIT_MS: OnceLock<u64> = OnceLock::new();
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// This process is ready for its first event.
pub fn ready() {
    let _ = INIT_MS.set(telemetry::running_ms());
}

/// Says `ColdStarts` and `InitMs` with the first event; what is said before it may be lost.
pub fn log_once(now: Timestamp) {
    if let Some(init_ms) = INIT_MS.get().filter(|_| !IS_TOLD.swap(true, Ordering::Relaxed)) {
        let metrics = [("ColdStarts", Unit::Count, json!(1)), ("InitMs", Unit::Milliseconds, json!(init_ms))];
        Metrics::default().with(&[("Service", telemetry::service())], metrics).log(now);
    }
}
