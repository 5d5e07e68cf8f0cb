//! Many items in one request, to read or to write.

use std::time::Duration;

use application::ports::StoreError;
use aws_sdk_dynamodb::{
    Client,
    config::AsyncSleep as _,
    types::{KeysAndAttributes, PutRequest, ReturnConsumedCapacity, WriteRequest},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{Item, error};
use crate::CapacityMeter;

/// How many items one request may ask for.
pub(super) const BATCH_KEYS_MAX: usize = 100;

/// How many items one request may write, and how many requests are under way.
const BATCH_PUTS_MAX: usize = 25;
const BATCH_PUTS_AT_ONCE: usize = 8;

/// How often what a busy table left unprocessed is asked for again, and the wait before the first time; each further one
/// is twice as long.
const BATCH_ROUNDS_MAX: u32 = 6;
const PAUSE: Duration = Duration::from_millis(20);

/// Those of these items that are there, in no order; at most [`BATCH_KEYS_MAX`] may be asked for.
pub(super) async fn get(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
    is_strong: bool,
    capacity: &CapacityMeter,
) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut pending) = (Vec::with_capacity(keys.len()), keys);
    for round in 0..BATCH_ROUNDS_MAX {
        pause(client, round).await;
        let asked = KeysAndAttributes::builder().set_keys(Some(pending)).consistent_read(is_strong).build();
        let asked = asked.map_err(|source| StoreError::Unavailable(source.into()))?;
        let request = client.batch_get_item().request_items(table, asked);
        let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut answer = request.send().await.map_err(error::batch)?;
        capacity.add_read(answer.consumed_capacity().first());
        let found = answer.responses.as_mut().and_then(|tables| tables.remove(table));
        items.extend(found.unwrap_or_default());
        let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(table));
        pending = left.map(|left| left.keys).unwrap_or_default();
        if pending.is_empty() {
            return Ok(items);
        }
    }
    Err(StoreError::Throttled)
}

/// Writes these items, in no order, over any that are there.
pub(super) async fn put(
    client: &Client,
    table: &str,
    items: Vec<Item>,
    capacity: &CapacityMeter,
) -> Result<(), StoreError> {
    let unavailable = |source: aws_sdk_dynamodb::error::BuildError| StoreError::Unavailable(source.into());
    let mut puts = Vec::with_capacity(items.len());
    for item in items {
        let put = PutRequest::builder().set_item(Some(item)).build().map_err(unavailable)?;
        puts.push(WriteRequest::builder().put_request(put).build());
    }
    let batches: Vec<Vec<WriteRequest>> = puts.chunks(BATCH_PUTS_MAX).map(<[_]>::to_vec).collect();
    let written = stream::iter(batches.into_iter().map(|batch| write(client, table, batch, capacity)));
    written.buffer_unordered(BATCH_PUTS_AT_ONCE).try_collect().await
}

async fn write(
    client: &Client,
    table: &str,
    mut pending: Vec<WriteRequest>,
    capacity: &CapacityMeter,
) -> Result<(), StoreError> {
    for round in 0..BATCH_ROUNDS_MAX {
        pause(client, round).await;
        let request = client.batch_write_item().request_items(table, pending);
        let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(error::batch_write)?;
        capacity.add_write(answer.consumed_capacity().first());
        pending = answer.unprocessed_items.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
        if pending.is_empty() {
            return Ok(());
        }
    }
    Err(StoreError::Throttled)
}

/// Waits as the SDK does between its own attempts.
async fn pause(client: &Client, round: u32) {
    if let Some(sleep) = client.config().sleep_impl().filter(|_| round > 0) {
        sleep.sleep(PAUSE * 2_u32.saturating_pow(round - 1)).await;
    }
}
