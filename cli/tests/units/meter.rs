//! What DynamoDB charges, whoever sends the request: each is made to report its consumption.
//!
//! DynamoDB Local reports but the last item of each table in a transaction. There the units are computed from the items'
//! real sizes, as AWS's guide has them: two units for each started KB.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut},
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::TransactWriteItemsInput,
    },
    types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity},
};

const KB: usize = 1_024;

type Item = HashMap<String, AttributeValue>;

/// Capacity units and requests, and the sizes of the items that were put, by table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Used {
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
    pub(crate) requests: u64,
    pub(crate) put: BTreeMap<String, Vec<usize>>,
}

/// Adds up what one client uses. Clones share the sum.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Used>>);

impl Meter {
    /// What was used since this was asked last.
    pub(crate) fn take(&self) -> Used {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn put(&self, table: Option<&str>, item: Option<&Item>, is_transaction: bool) {
        let (mut used, bytes) = (self.0.lock().unwrap(), item.map_or(0, size));
        used.put.entry(table.unwrap_or_default().to_owned()).or_default().push(bytes);
        if is_transaction {
            used.write_units += 2.0 * units(bytes);
        }
    }

    fn add(&self, consumed: &[ConsumedCapacity], is_write: bool) {
        let units: f64 = consumed.iter().filter_map(ConsumedCapacity::capacity_units).sum();
        let mut used = self.0.lock().unwrap();
        *(if is_write { &mut used.write_units } else { &mut used.read_units }) += units;
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (input, total) = (context.input_mut(), Some(ReturnConsumedCapacity::Total));
        if let Some(get) = input.downcast_mut::<GetItemInput>() {
            get.return_consumed_capacity = total;
        } else if let Some(get) = input.downcast_mut::<BatchGetItemInput>() {
            get.return_consumed_capacity = total;
        } else if let Some(query) = input.downcast_mut::<QueryInput>() {
            query.return_consumed_capacity = total;
        } else if let Some(put) = input.downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = total;
            self.put(put.table_name(), put.item(), false);
        } else if let Some(batch) = input.downcast_mut::<BatchWriteItemInput>() {
            batch.return_consumed_capacity = total;
            for (table, writes) in batch.request_items().into_iter().flatten() {
                for put in writes.iter().filter_map(|write| write.put_request()) {
                    self.put(Some(table), Some(put.item()), false);
                }
            }
        } else if let Some(transaction) = input.downcast_ref::<TransactWriteItemsInput>() {
            for put in transaction.transact_items().iter().filter_map(|write| write.put()) {
                self.put(Some(put.table_name()), Some(put.item()), true);
            }
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap().requests += 1;
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        if let Some(got) = output.downcast_ref::<GetItemOutput>() {
            self.add(got.consumed_capacity().map_or(&[], std::slice::from_ref), false);
        } else if let Some(got) = output.downcast_ref::<BatchGetItemOutput>() {
            self.add(got.consumed_capacity(), false);
        } else if let Some(found) = output.downcast_ref::<QueryOutput>() {
            self.add(found.consumed_capacity().map_or(&[], std::slice::from_ref), false);
        } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            self.add(put.consumed_capacity().map_or(&[], std::slice::from_ref), true);
        } else if let Some(written) = output.downcast_ref::<BatchWriteItemOutput>() {
            self.add(written.consumed_capacity(), true);
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "items have at most 400 KB")]
fn units(bytes: usize) -> f64 {
    bytes.div_ceil(KB) as f64
}

/// An item's size as "DynamoDB item sizes and formats" of AWS's guide has it.
fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of(value)).sum()
}

fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + size(map),
        _ => 1,
    }
}
