//! Parked accounts in DynamoDB: partition key `projection`, sort key `account_id`.

use application::ports::{Environment, ParkedId, Projection};
use aws_sdk_dynamodb::{
    Client,
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::AttributeValue,
};
use domain::{AccountId, Timestamp};
use serde::Deserialize;

use super::{Parked, Parking, ParkingLot};
use crate::{
    TableError,
    dynamodb::{self, Item},
    error::unreadable,
    summary::Written,
};

const PROJECTION: &str = "projection";
const ACCOUNT_ID: &str = "account_id";
const VERSION: &str = "version";

/// Nothing is parked there yet, or at a later version only.
const IS_EARLIER: &str = "attribute_not_exists(#account_id) OR #version > :version";

/// The row is still the one that was seen.
const IS_SEEN: &str = "#version = :version";

/// Parked accounts over one DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoDbParking<E> {
    client: Client,
    table: String,
    environment: E,
}

/// A row as it is stored; the projection is in the key that was asked for.
#[derive(Deserialize)]
struct Row {
    account_id: AccountId,
    version: u64,
    reason: String,
    #[serde(default)]
    parked_at: Option<Timestamp>,
}

impl<E: Environment> DynamoDbParking<E> {
    /// Parked accounts over this table.
    #[must_use]
    pub fn new(client: Client, table: String, environment: E) -> Self {
        Self { client, table, environment }
    }

    /// Up to `limit` rows of one projection, those of accounts behind `after`.
    async fn of_projection(
        &self,
        projection: Projection,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<Parked>, TableError> {
        let mut rows = Vec::new();
        let mut start = after.map(|account_id| key(projection, account_id));
        while rows.len() < limit {
            let wanted = limit.saturating_sub(rows.len());
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("#projection = :projection")
                .expression_attribute_names("#projection", PROJECTION)
                .expression_attribute_values(":projection", text(projection.as_str()))
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(dynamodb::failed)?;
            for item in page.items.unwrap_or_default() {
                rows.push(parked(projection, item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    /// Puts a row where this condition on its version holds.
    async fn put(
        &self,
        parked: &Parked,
        condition: &str,
        version: u64,
        at: Option<Timestamp>,
    ) -> Result<Written, TableError> {
        let mut request = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PROJECTION, text(parked.projection.as_str()))
            .item(ACCOUNT_ID, text(parked.account_id.as_str()))
            .item(VERSION, number(parked.version))
            .item("reason", text(&parked.reason))
            .condition_expression(condition)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":version", number(version));
        if condition == IS_EARLIER {
            request = request.expression_attribute_names("#account_id", ACCOUNT_ID);
        }
        if let Some(at) = at {
            request = request.item("parked_at", text(&at.to_string()));
        }
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
                _ => Err(dynamodb::failed(error)),
            },
        }
    }
}

impl<E: Environment> Parking for DynamoDbParking<E> {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        let now = self.environment.now();
        self.put(parked, IS_EARLIER, parked.version, Some(now)).await.map(|_| ())
    }
}

impl<E: Environment> ParkingLot for DynamoDbParking<E> {
    async fn find(&self, id: &ParkedId) -> Result<Option<Parked>, TableError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(id.projection, &id.account_id)))
            .consistent_read(true);
        let answer = request.send().await.map_err(dynamodb::failed)?;
        answer.item.map(|item| parked(id.projection, item)).transpose()
    }

    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, TableError> {
        let mut rows = Vec::new();
        let asked = Projection::ALL.into_iter().filter(|one| projection.is_none_or(|asked| asked == *one));
        for one in asked.filter(|one| after.is_none_or(|after| after.projection <= *one)) {
            let after = after.filter(|after| after.projection == one).map(|after| &after.account_id);
            rows.extend(self.of_projection(one, after, limit.saturating_sub(rows.len())).await?);
        }
        Ok(rows)
    }

    async fn renew(&self, seen: &Parked, parked: &Parked) -> Result<Written, TableError> {
        self.put(parked, IS_SEEN, seen.version, seen.parked_at).await
    }

    async fn remove(&self, seen: &Parked) -> Result<Written, TableError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(seen.projection, &seen.account_id)))
            .condition_expression(IS_SEEN)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_values(":version", number(seen.version));
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
                _ => Err(dynamodb::failed(error)),
            },
        }
    }
}

fn parked(projection: Projection, item: Item) -> Result<Parked, TableError> {
    let Row { account_id, version, reason, parked_at } = serde_dynamo::from_item(item).map_err(unreadable)?;
    Ok(Parked { projection, account_id, version, reason, parked_at })
}

fn key(projection: Projection, account_id: &AccountId) -> Item {
    Item::from([
        (PROJECTION.to_owned(), text(projection.as_str())),
        (ACCOUNT_ID.to_owned(), text(account_id.as_str())),
    ])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
