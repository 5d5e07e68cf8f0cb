//! The command side's two tables: commits, and the records of commands beside them.

use std::collections::BTreeSet;

use application::{
    CommandRecord, Commit, StreamId,
    ports::{AppendError, CommandStore, Consistency, EventStore, RecordError, StoreError, StreamCatalog},
};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeValue, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};
use uuid::Uuid;

use super::{DynamoDbEventStore, Item, error};
use crate::{
    CapacityMeter, ItemError,
    record_item::{item_from_record, record_from_item},
};

const KEY: &str = "command_id";
const IS_FREE: &str = "attribute_not_exists(command_id)";
const IS_OWNED: &str = "#owner = :owner AND attribute_not_exists(outcome)";

/// The command store over an events table and a commands table with the key `command_id`.
#[derive(Clone, Debug)]
pub struct DynamoDbCommandStore {
    events: DynamoDbEventStore,
    table: String,
}

impl DynamoDbCommandStore {
    /// The command store over these tables.
    #[must_use]
    pub fn new(client: Client, events_table: String, commands_table: String) -> Self {
        Self { events: DynamoDbEventStore::new(client, events_table), table: commands_table }
    }

    /// What the tables have charged to this store and its clones.
    #[must_use]
    pub fn capacity(&self) -> &CapacityMeter {
        self.events.capacity()
    }
}

impl EventStore for DynamoDbCommandStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        self.events.newest(stream).await
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.events.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        self.events.read(stream, from, limit).await
    }

    async fn commits_at(&self, places: &[(&StreamId, u64)]) -> Result<Vec<Commit>, StoreError> {
        self.events.commits_at(places).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.events.append(commits).await
    }
}

impl StreamCatalog for DynamoDbCommandStore {
    async fn streams(&self) -> Result<BTreeSet<StreamId>, StoreError> {
        self.events.streams().await
    }

    async fn count(&self, stream: &StreamId) -> Result<u64, StoreError> {
        self.events.count(stream).await
    }
}

impl CommandStore for DynamoDbCommandStore {
    /// Half a read unit, or one. What the cheaper does not see yet, the condition of the write does.
    async fn record(
        &self,
        command_id: Uuid,
        consistency: Consistency,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let request = self
            .events
            .client
            .get_item()
            .table_name(&self.table)
            .key(KEY, AttributeValue::S(command_id.to_string()))
            .consistent_read(consistency == Consistency::Strong)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(error::get)?;
        self.capacity().add_read(answer.consumed_capacity());
        answer.item.map(record).transpose()
    }

    async fn put_record(&self, record: &CommandRecord, over: Option<Uuid>) -> Result<(), RecordError> {
        let mut request = self
            .events
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(record).map_err(unreadable)?))
            .condition_expression(if over.is_some() { IS_OWNED } else { IS_FREE })
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if let Some(owner) = over {
            request = request
                .expression_attribute_names("#owner", "owner")
                .expression_attribute_values(":owner", AttributeValue::S(owner.to_string()));
        }
        let put = request.send().await.map_err(error::put_record)?;
        self.capacity().add_write(put.consumed_capacity());
        Ok(())
    }

    async fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> Result<(), AppendError> {
        let unavailable = |source: ItemError| AppendError::Unavailable(source.into());
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(record).map_err(unavailable)?))
            .condition_expression(IS_FREE)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|source| AppendError::Unavailable(source.into()))?;
        self.events.transact(commits, Some(TransactWriteItem::builder().put(put).build())).await
    }
}

fn item(record: &CommandRecord) -> Result<Item, ItemError> {
    Ok(item_from_record(record)?.into())
}

pub(super) fn record(item: Item) -> Result<CommandRecord, StoreError> {
    record_from_item(item.into()).map_err(unreadable)
}

fn unreadable(source: ItemError) -> StoreError {
    StoreError::Unreadable(source.into())
}
