//! The transaction history: one document for each event that moved money, in OpenSearch.
//!
//! A document's id is the event's place (`{account_id}:{version}`) and its external version the event's version, so a
//! document that comes again is written over with the same.

mod advance;
mod catalog;
mod connect;
mod cursor;
mod document;
mod documents;
mod ensure;
mod error;
mod groups;
mod index;
mod memory;
mod projector;
mod put;
mod query;
mod search;
mod sums;
mod transaction;

pub use catalog::{FoundDocument, TransactionCatalog};
pub use connect::connect;
pub use cursor::InvalidCursor;
pub use error::IndexError;
pub use index::{Put, TransactionIndex};
pub use memory::MemoryTransactionIndex;
pub use projector::{Delivered, DeliveryError, HistoryProjector, PROJECTION};
pub use search::RESULT_WINDOW;
pub use transaction::{MappingError, transaction, transactions};

pub(crate) use advance::{Rewritten, put, rewrite};
pub(crate) use document::document_id;

use opensearch::OpenSearch;

/// The alias under which the history is read and written; behind it stands an index with a version in its name.
pub const ALIAS: &str = "transactions";

/// The version of the index: its mapping is in `transactions-v2.json`. A change of it is a new version, filled by a
/// rebuild, and then the alias is switched.
const INDEX_VERSION: u32 = 2;

/// The history in OpenSearch, behind one alias.
#[derive(Clone, Debug)]
pub struct OpenSearchHistory {
    client: OpenSearch,
    alias: String,
}

impl OpenSearchHistory {
    /// The history behind [`ALIAS`].
    #[must_use]
    pub fn new(client: OpenSearch) -> Self {
        Self::behind(client, ALIAS.to_owned())
    }

    /// The history behind another alias.
    #[must_use]
    pub fn behind(client: OpenSearch, alias: String) -> Self {
        Self { client, alias }
    }
}
