//! Tables in `DynamoDB` Local, and items in them: for this benchmark and for those in `crud` and `formance`.

use anyhow::{Result, ensure};
use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

/// An item of a table.
pub type Item = std::collections::HashMap<String, AttributeValue>;

/// The most items that one batch may write, and how many batches are under way.
const BATCH: usize = 25;
const BATCHES_AT_ONCE: usize = 8;

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

/// Writes many items.
pub async fn fill(client: &Client, table: &str, items: Vec<Item>) -> Result<()> {
    let batches: Vec<Vec<Item>> = items.chunks(BATCH).map(<[Item]>::to_vec).collect();
    let writes = stream::iter(batches.into_iter().map(|batch| async move {
        let puts: Result<Vec<WriteRequest>, _> = batch
            .into_iter()
            .map(|item| PutRequest::builder().set_item(Some(item)).build())
            .map(|put| put.map(|put| WriteRequest::builder().put_request(put).build()))
            .collect();
        let answer = client.batch_write_item().request_items(table, puts?).send().await?;
        let left = answer.unprocessed_items.map_or(0, |left| left.len());
        ensure!(left == 0, "DynamoDB Local has left items unprocessed");
        anyhow::Ok(())
    }));
    writes.buffer_unordered(BATCHES_AT_ONCE).try_collect::<()>().await
}
