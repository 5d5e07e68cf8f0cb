//! Writing documents in bulk, under external versions: one that is known already answers 409, which is as good.

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
            let mut answer = self.bulk(chunk).await?;
            if answer.items.iter().any(|item| item.index.is_without_index()) {
                self.ensure().await?;
                answer = self.bulk(chunk).await?;
            }
            puts.extend(answer.items.into_iter().map(|item| Put::from(item.index)));
        }
        Ok(puts)
    }
}

impl OpenSearchHistory {
    async fn bulk(&self, transactions: &[Transaction]) -> Result<BulkAnswer, IndexError> {
        let operation = |transaction: &Transaction| {
            let version = i64::try_from(transaction.version).unwrap_or(i64::MAX);
            let operation = BulkOperation::index(Document::from(transaction)).id(document_id(transaction));
            BulkOperation::from(operation.version(version).version_type(VersionType::External))
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
            200..=299 | 409 => Self::Done,
            _ if is_without_index => Self::Failed { reason },
            // The document's own fault, as far as one status can tell: of the others, only these two pass with time.
            400..=499 if status != 408 && status != 429 => Self::Refused { reason },
            _ => Self::Failed { reason },
        }
    }
}
