//! The home of commits, of commands' records, and of the journal: DynamoDB. One conformance suite (`testing::conformance`) holds it and
//! the stores that tests use.
//!
//! **Architecture invariant:** this crate knows how commits are kept, not what is in them. Events, states and metadata
//! pass through as the texts that they are.

#[cfg(feature = "servers")]
mod capacity;
#[cfg(feature = "servers")]
mod dynamodb;
mod item;
#[cfg(feature = "servers")]
mod journal_item;
#[cfg(feature = "servers")]
mod record_item;

#[cfg(feature = "servers")]
pub use capacity::{Capacity, CapacityMeter};
#[cfg(feature = "servers")]
pub use dynamodb::{DynamoDbCommandStore, DynamoDbEventStore, DynamoDbJournal};
pub use item::{ItemError, commit_from_image, item_from_commit};
