//! Items by their keys, many in one request.

use application::ports::StoreError;
use aws_sdk_dynamodb::{
    Client,
    types::{KeysAndAttributes, ReturnConsumedCapacity},
};

use super::{Item, error};
use crate::CapacityMeter;

/// How many items one request may ask for.
pub(super) const BATCH_KEYS_MAX: usize = 100;

/// How often the keys that a busy table left unprocessed are asked for again.
const BATCH_ROUNDS_MAX: u32 = 5;

/// Those of these items that are there, in no order; at most [`BATCH_KEYS_MAX`] may be asked for.
pub(super) async fn get(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
    is_strong: bool,
    capacity: &CapacityMeter,
) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut pending) = (Vec::with_capacity(keys.len()), keys);
    for _ in 0..BATCH_ROUNDS_MAX {
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
