//! What a function needs around its handler, and what AWS offers other languages ready made.
//!
//! **Architecture invariant:** this is the only crate that reads the clock, makes ids, waits, and reads the process
//! environment; everything else is given what it needs.

pub mod aws;
mod batch;
pub mod config;
mod environment;
mod function;
pub mod metrics;
pub mod supervisor;
pub mod telemetry;

pub use batch::Batch;
pub use environment::SystemEnvironment;
pub use function::run;
