//! What is shown while something takes its time, and the waiting itself.

use std::time::Duration;

use application::ports::Environment as _;
use indicatif::{ProgressBar, ProgressStyle};
use lambda_kit::SystemEnvironment;

/// A bar of so many steps, with these words behind it.
pub(crate) fn bar(length: u64, words: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{bar:30}} {words}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Lets real time pass.
pub(crate) async fn wait(time: Duration) {
    SystemEnvironment.wait(time).await;
}
