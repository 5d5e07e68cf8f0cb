//! Commits by their places, many in one request.

use application::{Commit, StreamId, ports::StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};

use super::{BATCH_ROUNDS_MAX, DynamoDbEventStore, Item, commit, error};

impl DynamoDbEventStore {
    /// The commits at these places, as many as one request may ask for.
    pub(super) async fn batch(&self, places: &[(&StreamId, u64)]) -> Result<Vec<Commit>, StoreError> {
        let mut commits = Vec::with_capacity(places.len());
        let mut pending: Vec<Item> = places.iter().map(|(stream, version)| key(stream, *version)).collect();
        for _ in 0..BATCH_ROUNDS_MAX {
            let asked = KeysAndAttributes::builder().set_keys(Some(pending)).consistent_read(true).build();
            let asked = asked.map_err(|source| StoreError::Unavailable(source.into()))?;
            let request = self.client.batch_get_item().request_items(&self.table, asked);
            let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let mut answer = request.send().await.map_err(error::batch)?;
            self.capacity.add_read(answer.consumed_capacity().first());
            let found = answer.responses.as_mut().and_then(|tables| tables.remove(&self.table));
            for item in found.unwrap_or_default() {
                commits.push(commit(item)?);
            }
            let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
            pending = left.map(|left| left.keys).unwrap_or_default();
            if pending.is_empty() {
                return Ok(commits);
            }
        }
        Err(StoreError::Throttled)
    }
}

fn key(stream: &StreamId, version: u64) -> Item {
    Item::from([
        ("stream".to_owned(), AttributeValue::S(stream.to_string())),
        ("version".to_owned(), AttributeValue::N(version.to_string())),
    ])
}
