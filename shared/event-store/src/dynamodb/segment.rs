//! The events table read as a whole, by several at once.

use application::{
    StreamId,
    ports::{Segment, SegmentPage, SegmentedStore, StoreError},
};
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use serde::{Deserialize, Serialize};

use super::{DynamoDbEventStore, Item, commit, error};

/// The key of the last item that was read, as the table wants it back.
#[derive(Serialize, Deserialize)]
struct Cursor {
    stream: String,
    version: u64,
}

impl SegmentedStore for DynamoDbEventStore {
    /// One read unit for each 4 KB: an eighth of what one query a commit would take.
    async fn segment(
        &self,
        segment: Segment,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SegmentPage, StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .segment(i32::try_from(segment.number).unwrap_or(i32::MAX))
            .total_segments(i32::try_from(segment.of).unwrap_or(i32::MAX))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(after.map(key).transpose()?);
        let answer = request.send().await.map_err(error::scan)?;
        self.capacity.add_read(answer.consumed_capacity());
        let mut page = SegmentPage::default();
        for item in answer.items.unwrap_or_default() {
            match commit(item) {
                Ok(commit) => page.commits.push(commit),
                Err(_) => page.unreadable += 1,
            }
        }
        page.next = answer.last_evaluated_key.map(cursor).transpose()?;
        Ok(page)
    }
}

fn key(cursor: &str) -> Result<Item, StoreError> {
    let Cursor { stream, version } = serde_json::from_str(cursor).map_err(unreadable)?;
    Ok(super::key(&StreamId::stored(stream), version))
}

fn cursor(key: Item) -> Result<String, StoreError> {
    let cursor: Cursor = serde_dynamo::from_item(key).map_err(unreadable)?;
    serde_json::to_string(&cursor).map_err(unreadable)
}

fn unreadable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Unreadable(error.into())
}
