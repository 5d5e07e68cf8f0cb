//! What the tests of several crates share.
//!
//! **Architecture invariant:** nothing here is a mock of ours. A suite holds every store to one behaviour, that of the
//! tests included, and the environments replace only what no test can repeat: the clock, the ids and chance.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

#[cfg(feature = "simulator")]
pub mod check;
pub mod commits;
pub mod conformance;
mod environment;
#[cfg(feature = "simulator")]
pub mod history;
mod memory;
mod memory_journal;
#[cfg(feature = "simulator")]
pub mod simulator;

pub use environment::TestEnvironment;
pub use memory::MemoryEventStore;
pub use memory_journal::MemoryJournal;
