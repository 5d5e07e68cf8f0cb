//! The texts in DynamoDB: partition key `projection`, sort key `name`.

use application::ports::Projection;
use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError, types::AttributeValue};
use serde::Deserialize;

use super::{ControlTable, Entry};
use crate::{
    TableError,
    dynamodb::{Item, failed},
    error::unreadable,
    summary::Written,
};

const PROJECTION: &str = "projection";
const NAME: &str = "name";
const REVISION: &str = "revision";

/// The texts over one DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoDbControlTable {
    client: Client,
    table: String,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    body: String,
    revision: u64,
}

impl DynamoDbControlTable {
    /// The table of this name.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl ControlTable for DynamoDbControlTable {
    async fn get(&self, projection: Projection, name: &str) -> Result<Option<Entry>, TableError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PROJECTION, text(projection.as_str()))
            .key(NAME, text(name))
            .consistent_read(true);
        let answer = request.send().await.map_err(failed)?;
        Ok(answer.item.map(entry).transpose()?.map(|(_, entry)| entry))
    }

    async fn put(
        &self,
        projection: Projection,
        name: &str,
        body: &str,
        expected: Option<u64>,
    ) -> Result<Written, TableError> {
        let number = |number: u64| AttributeValue::N(number.to_string());
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PROJECTION, text(projection.as_str()))
            .item(NAME, text(name))
            .item("body", text(body))
            .item(REVISION, number(expected.unwrap_or_default().saturating_add(1)))
            .expression_attribute_names("#revision", REVISION);
        let request = match expected {
            None => request.condition_expression("attribute_not_exists(#revision)"),
            Some(revision) => request
                .condition_expression("#revision = :expected")
                .expression_attribute_values(":expected", number(revision)),
        };
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
                _ => Err(failed(error)),
            },
        }
    }

    async fn list(
        &self,
        projection: Projection,
        beginning: &str,
    ) -> Result<Vec<(String, Entry)>, TableError> {
        let (mut entries, mut start) = (Vec::new(), None::<Item>);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#projection = :projection AND begins_with(#name, :beginning)")
                .expression_attribute_names("#projection", PROJECTION)
                .expression_attribute_names("#name", NAME)
                .expression_attribute_values(":projection", text(projection.as_str()))
                .expression_attribute_values(":beginning", text(beginning))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(failed)?;
            for item in page.items.unwrap_or_default() {
                entries.push(entry(item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(entries);
            }
        }
    }
}

fn entry(item: Item) -> Result<(String, Entry), TableError> {
    let Row { name, body, revision } = serde_dynamo::from_item(item).map_err(unreadable)?;
    Ok((name, Entry { body, revision }))
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
