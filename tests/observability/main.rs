//! What an operator sees of the bank: the trace of a request, and for each alarm the trouble that moves its metric.
//!
//! It stops parts of the stack for a moment, so it runs alone.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod alarms;
mod aws;
mod trace;
mod trouble;

/// Whoever follows a request wants all of the stack at work, and whoever causes trouble stops parts of it.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
