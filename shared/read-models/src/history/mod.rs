//! The transaction history: one document for each event that moved money, in OpenSearch.
//!
//! A document's id is the event's place (`{account_id}:{version}`) and its external version the event's version, so a
//! document that comes again is written over with the same.

mod absent;
mod advance;
mod catalog;
#[cfg(feature = "servers")]
mod connect;
mod cursor;
mod document;
#[cfg(feature = "servers")]
mod documents;
#[cfg(feature = "servers")]
mod ensure;
mod error;
mod events;
#[cfg(feature = "servers")]
mod groups;
mod index;
mod memory;
mod page;
mod projector;
#[cfg(feature = "servers")]
mod put;
#[cfg(feature = "servers")]
mod query;
#[cfg(feature = "servers")]
mod search;
#[cfg(feature = "servers")]
mod sums;

pub use catalog::{FoundDocument, TransactionCatalog};
#[cfg(feature = "servers")]
pub use connect::connect;
pub use cursor::{Cursor, InvalidCursor};
pub use error::IndexError;
pub use events::{EventHistory, HISTORY_EVENTS_MAX};
pub use index::{IndexGenerations, Put, TransactionIndex};
pub use memory::MemoryTransactionIndex;
pub use page::RESULT_WINDOW;
pub use projector::{Delivered, DeliveryError, HistoryProjector, PROJECTION};

pub(crate) use advance::{Rewritten, put, rewrite};
pub(crate) use document::document_id;

#[cfg(feature = "servers")]
use opensearch::OpenSearch;

/// The alias under which the history is read; behind it stands the index of a generation, with its number in its name.
pub const ALIAS: &str = "transactions";

/// The history in OpenSearch, behind one alias.
#[cfg(feature = "servers")]
#[derive(Clone, Debug)]
pub struct OpenSearchHistory {
    client: OpenSearch,
    /// The alias under which queries read, with which the names of all indices begin.
    base: String,
    /// The alias under which this one reads and writes.
    alias: String,
}

#[cfg(feature = "servers")]
impl OpenSearchHistory {
    /// The history behind [`ALIAS`].
    #[must_use]
    pub fn new(client: OpenSearch) -> Self {
        Self::behind(client, ALIAS.to_owned())
    }

    /// What it is reached by.
    #[must_use]
    pub fn client(&self) -> &OpenSearch {
        &self.client
    }

    /// The history behind another alias.
    #[must_use]
    pub fn behind(client: OpenSearch, alias: String) -> Self {
        Self { client, base: alias.clone(), alias }
    }
}
