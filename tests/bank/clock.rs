//! Real time, which only tests of a real stack may see pass.

use std::time::{Duration, Instant};

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "here real time passes")]
pub fn now() -> Instant {
    Instant::now()
}

/// Lets some of it pass.
#[expect(clippy::disallowed_methods, reason = "here real time passes")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
