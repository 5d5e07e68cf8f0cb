//! Parked accounts in DynamoDB: partition key `projection`, sort key `account_id`.

use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError, types::AttributeValue};

use super::{Parked, Parking};
use crate::{TableError, dynamodb};

/// Nothing is parked there yet, or at a later version only.
const IS_EARLIER: &str = "attribute_not_exists(#account_id) OR #version > :version";

/// Parked accounts over one DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoDbParking {
    client: Client,
    table: String,
}

impl DynamoDbParking {
    /// Parked accounts over this table.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl Parking for DynamoDbParking {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        let version = AttributeValue::N(parked.version.to_string());
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("projection", AttributeValue::S(parked.projection.to_owned()))
            .item("account_id", AttributeValue::S(parked.account_id.to_string()))
            .item("version", version.clone())
            .item("reason", AttributeValue::S(parked.reason.clone()))
            .condition_expression(IS_EARLIER)
            .expression_attribute_names("#account_id", "account_id")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", version);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(dynamodb::failed(error)),
            },
        }
    }
}
