//! Appending: one conditional put, or one transaction of them. Nothing here updates or deletes.

use application::{Commit, ports::AppendError};
use aws_sdk_dynamodb::types::{
    Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use tracing::{Instrument as _, Span};

use super::{DynamoDbEventStore, Item, attempts::Attempts, error};
use crate::item::item_from_commit;

/// No commit stands at this key yet. The key is stream and version, so this is the whole of the optimistic lock.
const IS_FREE: &str = "attribute_not_exists(#stream)";

impl DynamoDbEventStore {
    /// One write unit for a commit of up to 1 KB.
    pub(super) async fn append_one(&self, commit: &Commit) -> Result<(), AppendError> {
        let done = self.put_one(commit).instrument(span(commit)).await;
        self.capacity.add_append(&done);
        done
    }

    /// Two write units for each item of up to 1 KB: commits, and with them perhaps one item of another table.
    pub(super) async fn transact(
        &self,
        commits: &[Commit],
        record: Option<TransactWriteItem>,
    ) -> Result<(), AppendError> {
        // They last until the end of the transaction.
        let _spans: Vec<Span> = commits.iter().map(span).collect();
        let done = self.put_all(commits, record).await;
        self.capacity.add_append(&done);
        done
    }

    async fn put_one(&self, commit: &Commit) -> Result<(), AppendError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(commit)?))
            .condition_expression(IS_FREE)
            .expression_attribute_names("#stream", "stream")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let attempts = Attempts::default();
        let sent = request.customize().interceptor(attempts.clone()).send().await;
        let put = sent.map_err(|refused| attempts.append_error(error::put(refused)))?;
        self.capacity.add_write(put.consumed_capacity());
        Ok(())
    }

    /// The SDK gives each call a token, so that its own retries of a lost answer are one transaction.
    async fn put_all(
        &self,
        commits: &[Commit],
        record: Option<TransactWriteItem>,
    ) -> Result<(), AppendError> {
        let mut puts: Vec<TransactWriteItem> =
            commits.iter().map(|commit| self.put(commit)).collect::<Result<_, _>>()?;
        let commits_count = puts.len();
        puts.extend(record);
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(puts))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let attempts = Attempts::default();
        let sent = request.customize().interceptor(attempts.clone()).send().await;
        let transaction =
            sent.map_err(|refused| attempts.append_error(error::transaction(refused, commits_count)))?;
        self.capacity.add_write(transaction.consumed_capacity());
        Ok(())
    }

    fn put(&self, commit: &Commit) -> Result<TransactWriteItem, AppendError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(commit)?))
            .condition_expression(IS_FREE)
            .expression_attribute_names("#stream", "stream")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        let put = put.map_err(|source| AppendError::Unavailable(source.into()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// A commit that is being appended, for whoever traces the request. Logs are read by many, so it is named by its hash.
fn span(commit: &Commit) -> Span {
    tracing::info_span!(
        "append",
        otel.name = "append commit",
        otel.kind = "client",
        passbook.commit = %commit.name(),
        passbook.version = commit.version,
    )
}

fn item(commit: &Commit) -> Result<Item, AppendError> {
    let item = item_from_commit(commit).map_err(|source| AppendError::Unavailable(source.into()))?;
    Ok(item.into())
}
