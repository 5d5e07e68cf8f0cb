//! The two homes of commits: DynamoDB, and memory for tests. One conformance suite (`testing::conformance`) holds both.
//!
//! **Architecture invariant:** this crate knows how commits are kept, not what is in them. Events, states and metadata
//! pass through as the texts that they are.

mod capacity;
mod dynamodb;
mod item;
mod memory;

pub use capacity::{Capacity, CapacityMeter};
pub use dynamodb::DynamoDbEventStore;
pub use item::{ItemError, commit_from_image};
pub use memory::MemoryEventStore;
