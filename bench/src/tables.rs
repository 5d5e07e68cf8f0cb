//! Tables for one run, and the client that measures what is done with them.

use anyhow::Result;
use aws_sdk_dynamodb::{
    Client,
    config::{Region, retry::RetryConfig},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::meter::Meter;

/// An item of a table.
pub type Item = std::collections::HashMap<String, AttributeValue>;

/// The most items that one batch may write.
const BATCH: usize = 25;

/// A client of `DynamoDB` Local, and the meter in it.
pub async fn client(url: &str) -> (Client, Meter) {
    let meter = Meter::default();
    let shared = aws_config::from_env()
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .test_credentials()
        .sleep_impl(aws_sdk_dynamodb::config::SharedAsyncSleep::new(TokioSleep))
        .load()
        .await;
    // Nobody tries again unseen.
    let config = aws_sdk_dynamodb::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .interceptor(meter.clone())
        .build();
    (Client::from_conf(config), meter)
}

/// The wait that event-store-adapter-rs asks its client for.
#[derive(Debug)]
struct TokioSleep;

impl aws_sdk_dynamodb::config::AsyncSleep for TokioSleep {
    fn sleep(&self, duration: std::time::Duration) -> aws_sdk_dynamodb::config::Sleep {
        aws_sdk_dynamodb::config::Sleep::new(tokio::time::sleep(duration))
    }
}

/// A key of a table: its name, and whether it is a number.
pub type Key = (&'static str, bool);

/// Creates a table, with an index on other keys if one is named.
pub async fn create(client: &Client, table: &str, keys: &[Key], index: Option<(&str, &[Key])>) -> Result<()> {
    let mut request = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let mut known: Vec<Key> = keys.to_vec();
    known.extend(index.iter().flat_map(|(_, keys)| keys.iter().copied()).filter(|key| !keys.contains(key)));
    for (name, is_number) in known {
        let kind = if is_number { ScalarAttributeType::N } else { ScalarAttributeType::S };
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(kind);
        request = request.attribute_definitions(attribute.build()?);
    }
    request = request.set_key_schema(Some(schema(keys)?));
    if let Some((name, keys)) = index {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(schema(keys)?));
        request = request.global_secondary_indexes(index.projection(projection).build()?);
    }
    request.send().await?;
    Ok(())
}

fn schema(keys: &[Key]) -> Result<Vec<KeySchemaElement>> {
    let roles = [KeyType::Hash, KeyType::Range];
    let element = |((name, _), role): (&Key, KeyType)| {
        KeySchemaElement::builder().attribute_name(*name).key_type(role).build().map_err(anyhow::Error::from)
    };
    keys.iter().zip(roles).map(element).collect()
}

/// Writes many items, to begin with a history.
pub async fn fill(client: &Client, table: &str, items: Vec<Item>) -> Result<()> {
    let batches: Vec<Vec<Item>> = items.chunks(BATCH).map(<[Item]>::to_vec).collect();
    let writes = stream::iter(batches.into_iter().map(|batch| async move {
        let puts: Result<Vec<WriteRequest>, _> = batch
            .into_iter()
            .map(|item| PutRequest::builder().set_item(Some(item)).build())
            .map(|put| put.map(|put| WriteRequest::builder().put_request(put).build()))
            .collect();
        client.batch_write_item().request_items(table, puts?).send().await?;
        anyhow::Ok(())
    }));
    writes.buffer_unordered(8).try_collect::<()>().await
}
