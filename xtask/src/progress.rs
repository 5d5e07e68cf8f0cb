//! What goes on, how long already: a spinner for people, plain lines for logs.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// Does one step, and says so: before it, while it lasts, and after it how long it took.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let spinner = std::io::stderr().is_terminal().then(|| spinner(name));
    if spinner.is_none() {
        eprintln!("  … {name}");
    }
    let outcome = work();
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    let seconds = start.elapsed().as_secs_f32();
    match &outcome {
        Ok(_) => eprintln!("  ✓ {name} ({seconds:.1} s)"),
        Err(_) => eprintln!("  ✗ {name} ({seconds:.1} s)"),
    }
    outcome
}

fn spinner(name: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} ({elapsed})") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(TICK);
    spinner
}

/// Waits until something is so, at most so long.
///
/// Returns whether it became so.
pub(crate) fn wait_until(deadline: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<bool> {
    const PAUSE: Duration = Duration::from_millis(100);
    let start = Instant::now();
    loop {
        if is_so()? {
            return Ok(true);
        }
        if start.elapsed() >= deadline {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
}
