//! The projections, as pure functions over events, and the read models that they keep: account summaries in DynamoDB
//! and the transaction history in OpenSearch, every event in Parquet files on S3. Summaries may be kept at hand in a cache.
//!
//! A stream delivers commits out of order, more than once and in any batches. So every projection here is
//! **convergent**: whatever comes, and however often, the read model ends up as if each event had come once, in order.
//!
//! **Architecture invariant:** this crate depends on `domain` and `application` alone. It knows no Lambda event and
//! not how commits are stored; it reads missing ones through the port `EventStore`.

#[cfg(feature = "servers")]
pub mod analytics;
pub mod cache;
mod commits;
#[cfg(feature = "servers")]
mod dynamodb;
mod error;
pub mod generations;
pub mod history;
pub mod parking;
pub mod rebuild;
pub mod reconcile;
pub mod redrive;
pub mod relay;
mod stretch;
pub mod summary;

pub use commits::{CommitMessage, MessageError, Unreadable, message, origins, origins_in, sort_out};
pub use error::{ProjectionError, TableError};

pub use application::chain;
