//! Writing documents in bulk, so that each is there afterwards, as it has to be, whatever stood there before.
//!
//! What a document says is told by its event, which never changes, so the latest write is as right as the first. The
//! external version is the event's, and a document of the same version is written over: a duplicate changes nothing, a
//! wrong one becomes right. Only what was changed or deleted by hand has a higher version; there the second try has none.

use application::ports::Transaction;
use opensearch::{BulkOperation, BulkParts, http::StatusCode, params::VersionType};
use serde::Deserialize;

use super::{
    IndexError, OpenSearchHistory, Put, TransactionIndex,
    document::{Document, document_id},
    error::accepted,
};

/// The most documents in one request; at less than 1 KB each far below the 10 MiB that the smallest domains take.
const BULK_DOCUMENTS_MAX: usize = 1_000;

/// Whose versions a write goes by.
#[derive(Clone, Copy)]
enum Versions {
    /// The events'.
    External,
    /// The index's own: whatever is there is written over.
    Own,
}

#[derive(Deserialize)]
struct BulkAnswer {
    items: Vec<BulkItem>,
}

#[derive(Deserialize)]
struct BulkItem {
    index: ItemAnswer,
}

#[derive(Deserialize)]
struct ItemAnswer {
    status: u16,
    error: Option<ItemError>,
}

#[derive(Deserialize)]
struct ItemError {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    reason: String,
}

impl TransactionIndex for OpenSearchHistory {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let mut puts = Vec::with_capacity(transactions.len());
        for chunk in transactions.chunks(BULK_DOCUMENTS_MAX) {
            let mut answer = self.bulk(chunk, Versions::External).await?;
            if answer.items.iter().any(|item| item.index.is_without_index()) {
                self.ensure().await?;
                answer = self.bulk(chunk, Versions::External).await?;
            }
            let mut items: Vec<ItemAnswer> = answer.items.into_iter().map(|item| item.index).collect();
            self.write_over(chunk, &mut items).await?;
            puts.extend(items.into_iter().map(Put::from));
        }
        Ok(puts)
    }
}

impl OpenSearchHistory {
    /// Writes those again, and without a version, at whose place there is or was a higher one.
    async fn write_over(&self, chunk: &[Transaction], items: &mut [ItemAnswer]) -> Result<(), IndexError> {
        let is_higher = |item: &ItemAnswer| item.status == StatusCode::CONFLICT.as_u16();
        let pairs = chunk.iter().zip(items.iter());
        let left: Vec<Transaction> =
            pairs.filter(|(_, item)| is_higher(item)).map(|(transaction, _)| transaction.clone()).collect();
        if left.is_empty() {
            return Ok(());
        }
        let answer = self.bulk(&left, Versions::Own).await?;
        for (item, again) in items.iter_mut().filter(|item| is_higher(item)).zip(answer.items) {
            *item = again.index;
        }
        Ok(())
    }

    async fn bulk(&self, transactions: &[Transaction], versions: Versions) -> Result<BulkAnswer, IndexError> {
        let operation = |transaction: &Transaction| {
            let version = i64::try_from(transaction.version).unwrap_or(i64::MAX);
            let operation = BulkOperation::index(Document::from(transaction)).id(document_id(transaction));
            BulkOperation::from(match versions {
                Versions::External => operation.version(version).version_type(VersionType::ExternalGte),
                Versions::Own => operation,
            })
        };
        let operations: Vec<BulkOperation<Document>> = transactions.iter().map(operation).collect();
        // Without the alias the cluster would make an index of its own, with a mapping of its own guessing.
        let request = self
            .client
            .bulk(BulkParts::Index(&self.alias))
            .require_alias(true)
            .body(operations)
            .send()
            .await?;
        let answer: BulkAnswer = accepted(request).await?.json().await?;
        if answer.items.len() == transactions.len() {
            return Ok(answer);
        }
        let text = format!("{} answers to {} documents", answer.items.len(), transactions.len());
        Err(IndexError::Answered { status: StatusCode::OK.as_u16(), text })
    }
}

impl ItemAnswer {
    fn is_without_index(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.kind == "index_not_found_exception")
    }
}

impl From<ItemAnswer> for Put {
    fn from(answer: ItemAnswer) -> Self {
        let is_without_index = answer.is_without_index();
        let status = answer.status;
        let reason = answer.error.map(|error| format!("{status} {}: {}", error.kind, error.reason));
        let reason = reason.unwrap_or_else(|| status.to_string());
        match status {
            200..=299 => Self::Done,
            _ if is_without_index => Self::Failed { reason },
            // The document's own fault, as far as one status can tell: of the others, only these pass with time.
            400..=499 if ![408, 409, 429].contains(&status) => Self::Refused { reason },
            _ => Self::Failed { reason },
        }
    }
}
