//! Analytics: every event, of every type, as a row of Parquet files that any analytical engine reads.
//!
//! What was journaled just now is in one small file a block and date (`recent`), written by [`AnalyticsProjector`]. A
//! [`Compactor`] writes what is older anew, out of the journal and the events, in few large files (`compacted`), and
//! says in one object which of them count from when on (`compactions`). The view of [`EVENTS`] puts the three together:
//! at every moment it has each event once, whatever was delivered twice, or died half-way (ADR 13).
//!
//! All files of one form are below one [`Layout`]; another form is another layout beside it.

mod compactions;
mod compactor;
mod error;
mod file;
mod files;
mod layout;
mod memory;
mod objects;
mod plan;
mod projector;
mod rebuild;
mod row;
mod s3;
mod sweep;

pub use compactions::{Compactions, Entry, RECENT};
pub use compactor::{Compacted, Compactor};
pub use error::{AnalyticsError, ObjectError};
pub use file::{SCHEMA, file};
pub use layout::Layout;
pub use memory::MemoryObjects;
pub use objects::{Listed, Object, Objects, Tag};
pub use plan::{Limits, Span};
pub use projector::{AnalyticsProjector, PROJECTION, Projected};
pub use row::{Row, rows};
pub use s3::S3Objects;

/// The view of all events, as a query over the tables `recent`, `compacted` and `compactions`.
pub const EVENTS: &str = include_str!("events.sql");
