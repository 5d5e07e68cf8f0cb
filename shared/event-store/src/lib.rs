//! The home of commits, of commands' records, and of the journal: DynamoDB. One conformance suite (`testing::conformance`) holds it and
//! the stores that tests use.
//!
//! **Architecture invariant:** this crate knows how commits are kept, not what is in them. Events, states and metadata
//! pass through as the texts that they are.

mod capacity;
mod dynamodb;
mod item;
mod journal_item;
mod record_item;

pub use capacity::{Capacity, CapacityMeter};
pub use dynamodb::{DynamoDbCommandStore, DynamoDbEventStore, DynamoDbJournal};
pub use item::{ItemError, commit_from_image};
