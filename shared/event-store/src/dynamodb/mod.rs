//! The events table in DynamoDB: a conditional put appends, a query for the newest item loads.

mod append;
mod attempts;
mod batch;
mod catalog;
mod commands;
mod error;
mod journal;
mod segment;

pub use commands::DynamoDbCommandStore;
pub use journal::DynamoDbJournal;

use std::collections::HashMap;

use application::{
    Commit, StreamId,
    ports::{AppendError, EventStore, StoreError},
};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{CapacityMeter, ItemError, commit_from_image};

/// The most items asked for in one request; a page of the table ends earlier at 1 MiB.
const PAGE_ITEMS_MAX: usize = 1_000;

/// How many batches of commits are read at a time.
const BATCHES_AT_ONCE: usize = 4;

type Item = HashMap<String, AttributeValue>;

/// The event store over one DynamoDB table with the keys `stream` and `version`.
#[derive(Clone, Debug)]
pub struct DynamoDbEventStore {
    client: Client,
    table: String,
    capacity: CapacityMeter,
}

/// Which items of a stream a query asks for.
struct Range<'a> {
    stream: &'a StreamId,
    condition: &'static str,
    version: u64,
    ascending: bool,
}

impl DynamoDbEventStore {
    /// The event store over this table.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, capacity: CapacityMeter::default() }
    }

    /// What the table has charged to this store and its clones.
    #[must_use]
    pub fn capacity(&self) -> &CapacityMeter {
        &self.capacity
    }

    /// Up to `limit` commits of a range, over as many pages as that takes.
    async fn query(&self, range: Range<'_>, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let (mut commits, mut start) = (Vec::new(), None::<Item>);
        while commits.len() < limit {
            let wanted = limit.saturating_sub(commits.len()).min(PAGE_ITEMS_MAX);
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression(range.condition)
                .expression_attribute_names("#stream", "stream")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":stream", AttributeValue::S(range.stream.to_string()))
                .expression_attribute_values(":version", AttributeValue::N(range.version.to_string()))
                .scan_index_forward(range.ascending)
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(error::read)?;
            self.capacity.add_read(page.consumed_capacity());
            for item in page.items.unwrap_or_default() {
                commits.push(commit(item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(commits)
    }
}

/// The key of the commit whose first event has this version.
fn key(stream: &StreamId, version: u64) -> Item {
    Item::from([
        ("stream".to_owned(), AttributeValue::S(stream.to_string())),
        ("version".to_owned(), AttributeValue::N(version.to_string())),
    ])
}

fn commit(item: Item) -> Result<Commit, StoreError> {
    let commit: Result<Commit, ItemError> = commit_from_image(item.into());
    commit.map_err(|source| StoreError::Unreadable(source.into()))
}

impl EventStore for DynamoDbEventStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        // Version 0 is before the first: the same request form as `newest_until`, without its upper end.
        let condition = "#stream = :stream AND #version > :version";
        Ok(self.query(Range { stream, condition, version: 0, ascending: false }, 1).await?.pop())
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let condition = "#stream = :stream AND #version <= :version";
        Ok(self.query(Range { stream, condition, version, ascending: false }, 1).await?.pop())
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let condition = "#stream = :stream AND #version >= :version";
        self.query(Range { stream, condition, version: from, ascending: true }, limit).await
    }

    /// One read unit for each 4 KB of a commit, in one request for each [`BATCH_KEYS_MAX`](batch::BATCH_KEYS_MAX) of them.
    async fn commits_at(&self, places: &[(&StreamId, u64)]) -> Result<Vec<Commit>, StoreError> {
        let batch = |places: &[(&StreamId, u64)]| {
            let keys = places.iter().map(|(stream, version)| key(stream, *version)).collect();
            batch::get(&self.client, &self.table, keys, true, &self.capacity)
        };
        let batches: Vec<_> = places.chunks(batch::BATCH_KEYS_MAX).map(batch).collect();
        let found: Vec<Vec<Item>> =
            stream::iter(batches).buffer_unordered(BATCHES_AT_ONCE).try_collect().await?;
        found.into_iter().flatten().map(commit).collect()
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        match commits {
            [commit] => self.append_one(commit).await,
            commits => self.transact(commits, None).await,
        }
    }
}
