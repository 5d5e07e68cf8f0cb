//! The bank as the targets drive it: the router of the command side over a store in memory, by its public doors.
//!
//! A target asserts. Whatever input breaks an assertion, panics or hangs is a finding.

mod bank;

pub use bank::{Answer, Bank, JSON};
