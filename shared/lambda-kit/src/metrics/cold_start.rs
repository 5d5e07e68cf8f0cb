//! The start of a process, which whoever sent its first event waits for.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use domain::Timestamp;
use serde_json::json;

use super::{Metrics, Unit};
use crate::telemetry;

/// How long it took from the start of `main` until the process could take an event, in milliseconds.
static INIT_MS: OnceLock<u64> = OnceLock::new();
static IS_TOLD: AtomicBool = AtomicBool::new(false);

/// What the start came by, and when: in microseconds from the start of `main`.
static MARKS: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());

/// The start came by this.
pub fn mark(name: &'static str) {
    MARKS.lock().unwrap_or_else(PoisonError::into_inner).push((name, telemetry::running_micros()));
}

/// This process is ready for its first event.
pub fn ready() {
    let _ = INIT_MS.set(telemetry::running_micros() / 1_000);
}

/// Says `ColdStarts` and `InitMs` with the first event, and what the start came by; what is said before it may be lost.
pub fn log_once(now: Timestamp) {
    if let Some(init_ms) = INIT_MS.get().filter(|_| !IS_TOLD.swap(true, Ordering::Relaxed)) {
        let marks = MARKS.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = marks.iter().map(|(name, micros)| ((*name).to_owned(), json!(micros))).collect();
        let metrics = [("ColdStarts", Unit::Count, json!(1)), ("InitMs", Unit::Milliseconds, json!(init_ms))];
        Metrics::default()
            .with(&[("Service", telemetry::service())], metrics)
            .noting("InitMicros", marks)
            .log(now);
    }
}
