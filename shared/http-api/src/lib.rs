//! The HTTP API over the use cases: what comes in is parsed into what cannot be wrong, what goes out is the contract.
//!
//! **Architecture invariant:** this crate knows no Lambda and no AWS. Who calls is in a request extension
//! ([`Caller`](application::commands::Caller)), put there by whoever checked the token.

mod admin;
mod answer;
mod answered;
mod commands;
mod docs;
mod openapi;
mod problem;
mod projections;
mod queries;
mod request;
mod response;
mod routes;
mod schema;
mod stand_in;

pub use admin::admin_routes;
pub use answer::refusal_body;
pub use answered::Answered;
pub use commands::command_routes;
pub use docs::docs_routes;
pub use openapi::{DOCUMENT, document};
pub use problem::Problem;
pub use projections::projections_routes;
pub use queries::{analytics_routes, feed_routes, query_routes};
pub use request::command_id;
pub use response::{Deadline, RequestId, router};
pub use routes::{Description, Routes};
pub use stand_in::stand_in_router;
