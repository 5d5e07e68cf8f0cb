//! The account summaries: one row an account, all that the account page shows.
//!
//! A pure fold makes the row, a table keeps it, the projector brings it up to date from the stream, and the reader
//! answers queries as fresh as they ask. Fold, projector and reader know the table as a port only.

mod advance;
#[cfg(feature = "servers")]
mod catalog;
#[cfg(feature = "servers")]
mod dynamodb;
mod fold;
mod memory;
mod projector;
mod reader;
#[cfg(feature = "servers")]
mod row;
mod table;

pub(crate) use advance::{Advance, Advanced, Start};
#[cfg(feature = "servers")]
pub use dynamodb::{BY_USER_INDEX, DynamoDbSummaryTable};
pub use fold::{DAYS_KEPT, FoldError, RECENT_KEPT, apply, apply_commit};
pub use memory::MemorySummaryTable;
pub(crate) use projector::park_unreadable;
pub use projector::{ATTEMPTS_MAX, Outcome, PROJECTION, SummaryProjector};
pub use reader::SummaryReader;
#[cfg(feature = "servers")]
pub(crate) use row::Row;
pub use table::{Consistency, SummaryCatalog, SummaryTable, Written};
