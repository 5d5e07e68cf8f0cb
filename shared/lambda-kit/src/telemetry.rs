//! Logs: JSON lines on the standard output, which Lambda takes over as they are.

use tracing_subscriber::EnvFilter;

/// Starts logging; `RUST_LOG` says what (`info` if it says nothing).
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Lambda adds the time; a second start in one process would only say the same twice.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(true)
        .without_time()
        .try_init();
}
