//! Which streams there are, and how much is in them: questions for the whole of a table, or of a stream.

use std::collections::BTreeSet;

use application::{
    StreamId,
    ports::{StoreError, StreamCatalog},
};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, Select};

use super::{DynamoDbEventStore, Item, error};
use crate::ItemError;

impl StreamCatalog for DynamoDbEventStore {
    /// Half a read unit for each 4 KB of the table. The names come from all commits, not only from first ones: a
    /// stream whose beginning was deleted must not be overlooked.
    async fn streams(&self) -> Result<BTreeSet<StreamId>, StoreError> {
        let (mut streams, mut start) = (BTreeSet::new(), None::<Item>);
        loop {
            let request = self
                .client
                .scan()
                .table_name(&self.table)
                .projection_expression("#stream")
                .expression_attribute_names("#stream", "stream")
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(error::scan)?;
            self.capacity.add_read(page.consumed_capacity());
            for item in page.items.unwrap_or_default() {
                let name = item.get("stream").and_then(|name| name.as_s().ok());
                let name = name.ok_or_else(|| {
                    let missing = serde::de::Error::missing_field("stream");
                    StoreError::Unreadable(ItemError::Malformed(missing).into())
                })?;
                streams.insert(StreamId::stored(name.clone()));
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(streams);
            }
        }
    }

    /// As many read units as the stream takes to be read once.
    async fn count(&self, stream: &StreamId) -> Result<u64, StoreError> {
        let (mut count, mut start) = (0_u64, None::<Item>);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .select(Select::Count)
                .consistent_read(true)
                .key_condition_expression("#stream = :stream")
                .expression_attribute_names("#stream", "stream")
                .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(error::read)?;
            self.capacity.add_read(page.consumed_capacity());
            count = count.saturating_add(u64::try_from(page.count).unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }
}
