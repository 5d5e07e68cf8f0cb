//! What the tables charge and how often they are asked, counted in the same way for everybody: each request is made to
//! report its consumption, and each answer is read. That takes time, so it is off while time is taken.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
    },
    error::BoxError,
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::{Layer, Storable, StoreReplace},
};
use serde::Serialize;
use serde_json::{Value, json};

/// Capacity units and requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    pub read_units: f64,
    pub write_units: f64,
    pub requests: f64,
}

impl Cost {
    /// What one of so many cost, of what came after `earlier`.
    pub fn each(self, earlier: Self, count: u32) -> Self {
        let count = f64::from(count.max(1));
        Self {
            read_units: (self.read_units - earlier.read_units) / count,
            write_units: (self.write_units - earlier.write_units) / count,
            requests: (self.requests - earlier.requests) / count,
        }
    }
}

/// Adds up costs while it is on. Clones share the sum.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    sum: Arc<Mutex<Cost>>,
    is_on: Arc<AtomicBool>,
}

/// How many items of each table a transaction writes: `DynamoDB` Local reports but the last of each.
#[derive(Debug, Default)]
struct ItemsOfTables(BTreeMap<String, f64>);

impl Storable for ItemsOfTables {
    type Storer = StoreReplace<Self>;
}

impl Meter {
    pub fn read(&self) -> Cost {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what comes from now on, or lets it pass.
    pub fn switch(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
    }

    fn is_off(&self) -> bool {
        !self.is_on.load(Ordering::Relaxed)
    }

    fn add(&self, answer: &Value, items: Option<&ItemsOfTables>) {
        let mut cost = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        cost.requests += 1.0;
        let consumed = &answer["ConsumedCapacity"];
        let consumed = consumed.as_array().cloned().unwrap_or_else(|| vec![consumed.clone()]);
        for table in consumed {
            let units = table["CapacityUnits"].as_f64().unwrap_or_default();
            let is_read = answer.get("Items").is_some()
                || answer.get("Item").is_some()
                || answer.get("Count").is_some();
            match items.and_then(|items| items.0.get(table["TableName"].as_str().unwrap_or_default())) {
                Some(count) => cost.write_units += units * count,
                None if is_read || is_empty_read(answer) => cost.read_units += units,
                None => cost.write_units += units,
            }
        }
    }
}

/// A get that finds nothing answers with its consumption alone, and half a unit: no write costs that.
fn is_empty_read(answer: &Value) -> bool {
    answer["ConsumedCapacity"]["CapacityUnits"].as_f64() == Some(0.5) || answer.get("Responses").is_some()
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "meter"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.is_off() {
            return Ok(());
        }
        let request = context.request_mut();
        let Some(bytes) = request.body().bytes() else { return Ok(()) };
        let mut body: Value = serde_json::from_slice(bytes)?;
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        if target.ends_with("Table") {
            return Ok(());
        }
        body["ReturnConsumedCapacity"] = json!("TOTAL");
        if let Some(writes) = body["TransactItems"].as_array() {
            let mut items = ItemsOfTables::default();
            for write in writes {
                let table = write.as_object().and_then(|write| write.values().next());
                let table = table.and_then(|write| write["TableName"].as_str()).unwrap_or_default();
                *items.0.entry(table.to_owned()).or_default() += 1.0;
            }
            let mut layer = Layer::new("meter");
            layer.store_put(items);
            config.push_layer(layer);
        }
        let bytes = serde_json::to_vec(&body)?;
        request.headers_mut().insert("content-length", bytes.len().to_string());
        *request.body_mut() = SdkBody::from(bytes);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.is_off() {
            return Ok(());
        }
        let answer = context.response().body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
        self.add(&answer.unwrap_or_default(), config.load::<ItemsOfTables>());
        Ok(())
    }
}
