//! The HTTP API over the use cases: what comes in is parsed into what cannot be wrong, what goes out is the contract.
//!
//! **Architecture invariant:** this crate knows no Lambda and no AWS. Who calls is in a request extension
//! ([`Caller`](application::commands::Caller)), put there by whoever checked the token.

mod admin;
mod answer;
mod commands;
mod problem;
mod projections;
mod queries;
mod request;
mod response;
mod stand_in;

pub use admin::admin_router;
pub use commands::command_router;
pub use problem::Problem;
pub use projections::projections_router;
pub use queries::{analytics_router, feed_router, query_router};
pub use response::{Deadline, RequestId};
pub use stand_in::stand_in_router;
