//! The store over DynamoDB Local.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod attempts;
mod budgets;
mod conformance;
mod hidden;
mod journal;
mod table;
