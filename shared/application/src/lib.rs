//! The use cases of the ledger: commands append commits, queries read them back, an import brings in a past.
//!
//! **Architecture invariant:** this crate reaches the world through its [`ports`] alone. It knows no AWS service, no
//! HTTP status and no wall clock, and so runs unchanged over the table in memory, DynamoDB, and a simulated one.

pub mod admin;
pub mod analytics;
pub mod codec;
pub mod commands;
mod commit;
mod error;
pub mod feed;
pub mod import;
pub mod journal;
pub mod past;
pub mod ports;
pub mod projections;
pub mod queries;
mod record;
mod replay;
pub mod restore;
pub mod statements;
mod stream;
pub mod transactions;
pub mod verify;

pub use commit::{Commit, Hash, Metadata, Origin, StreamId};
pub use error::{AdminError, CommandError, QueryError, chain};
pub use record::{CommandRecord, CommitRef, Fingerprint, Outcome, Refusal, Span};
pub use stream::Stream;
