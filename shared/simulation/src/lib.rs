//! The read side in a simulated world: the real projectors, relay and queue consumers, over a stream that promises no
//! more than DynamoDB's does, stores behind a network that fails, and functions that die wherever they wait.
//!
//! A seed is a run. Everything fails for a while, then nothing does; in the end every read model must be what the plain
//! fold of the events comes to. The write side is simulated in `testing`, with the same world.
//!
//! **Architecture invariant:** no store of AWS, so that all of it is compiled quickly with optimizations.

#![expect(clippy::unwrap_used, reason = "a simulation that cannot go on has to say where")]

mod bank;
mod bugs;
mod check;
mod client;
mod consumers;
mod functions;
mod network;
mod operator;
mod queue;
mod rows;
mod run;
mod stores;
mod stream;

pub use bugs::Bug;
pub use check::{ReadModels, differences};
pub use run::{Run, run, story};
