//! The bank over HTTP, as its clients see it: every test talks to the deployed stack that `PASSBOOK_STACK` describes.
//!
//! Each test opens accounts of its own, for a user whom no other test uses, since a user may have but five.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod analytics;
mod analytics_files;
mod bad_input;
mod conditional;
mod feed;
mod idempotency;
mod imported;
mod journey;
mod money;
mod parked;
mod races;
