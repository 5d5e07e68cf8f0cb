//! The table of summaries in DynamoDB: partition key `account_id`; the index [`BY_USER_INDEX`] has the keys only.

use std::collections::HashMap;

use application::ports::{AccountSummary, Generation};
use aws_sdk_dynamodb::{
    Client,
    operation::put_item::PutItemError,
    types::{AttributeValue, KeysAndAttributes},
};
use domain::{AccountId, UserId};

use super::{Consistency, SummaryTable, Written, row};
use crate::{
    TableError,
    dynamodb::{Item, failed},
    error::unreadable,
    generations::Generational,
};

/// The index from a user to their accounts: partition key `user_id`, sort key `account_id`.
pub const BY_USER_INDEX: &str = "by-user";

pub(super) const ACCOUNT_ID: &str = "account_id";
const USER_ID: &str = "user_id";

/// What stands between a generation and an id in a key: no id has it.
const SEPARATOR: char = '/';

/// How many rows one request may ask for (a limit of `BatchGetItem`).
const BATCH_KEYS_MAX: usize = 100;

/// How often the keys that a busy table left unprocessed are asked for again.
const BATCH_ROUNDS_MAX: u32 = 5;

/// The table of summaries over one DynamoDB table, which has the rows of all generations.
///
/// Those of the first generation have the ids alone as their keys, those of the others have their generation before
/// them, like `2/cz-576`.
#[derive(Clone, Debug)]
pub struct DynamoDbSummaryTable {
    pub(super) client: Client,
    pub(super) table: String,
    generation: Generation,
}

impl DynamoDbSummaryTable {
    /// The table of this name, of which this is the first generation.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, generation: 1 }
    }

    /// An id as it is stored in this generation.
    pub(super) fn stored(&self, id: &str) -> String {
        if self.generation == 1 { id.to_owned() } else { format!("{}{SEPARATOR}{id}", self.generation) }
    }

    /// The id in a stored key; `None` if the key is of another generation.
    pub(super) fn id<'a>(&self, key: &'a str) -> Option<&'a str> {
        let generation = key.split_once(SEPARATOR);
        let generation = generation.and_then(|(number, id)| Some((number.parse::<Generation>().ok()?, id)));
        let (generation, id) = generation.unwrap_or((1, key));
        (generation == self.generation).then_some(id)
    }

    pub(super) fn row(&self, mut item: Item) -> Result<AccountSummary, TableError> {
        for name in [ACCOUNT_ID, USER_ID] {
            if let Some(AttributeValue::S(key)) = item.get_mut(name)
                && let Some(id) = self.id(key)
            {
                *key = id.to_owned();
            }
        }
        row::from_item(item.into()).map_err(unreadable)
    }

    fn item(&self, summary: &AccountSummary) -> Result<Item, TableError> {
        let mut item: Item = row::to_item(summary).map_err(unreadable)?.into();
        for name in [ACCOUNT_ID, USER_ID] {
            if let Some(AttributeValue::S(id)) = item.get_mut(name) {
                *id = self.stored(id);
            }
        }
        Ok(item)
    }

    /// The keys of the rows of a user.
    async fn keys_of_user(&self, user_id: &UserId) -> Result<Vec<Item>, TableError> {
        let (mut keys, mut start) = (Vec::new(), None::<Item>);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_USER_INDEX)
                .key_condition_expression("#user_id = :user_id")
                .expression_attribute_names("#user_id", USER_ID)
                .expression_attribute_values(":user_id", AttributeValue::S(self.stored(user_id.as_str())))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(failed)?;
            let ids =
                page.items.unwrap_or_default().into_iter().filter_map(|mut item| item.remove(ACCOUNT_ID));
            keys.extend(ids.map(|id| HashMap::from([(ACCOUNT_ID.to_owned(), id)])));
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(keys);
            }
        }
    }

    /// The rows with these keys, at most [`BATCH_KEYS_MAX`], in no order.
    async fn batch(&self, keys: &[Item]) -> Result<Vec<AccountSummary>, TableError> {
        let mut rows = Vec::with_capacity(keys.len());
        let mut pending = keys.to_vec();
        for _ in 0..BATCH_ROUNDS_MAX {
            let asked = KeysAndAttributes::builder().set_keys(Some(pending)).build();
            let asked = asked.map_err(|error| TableError::Unavailable(error.into()))?;
            let request = self.client.batch_get_item().request_items(&self.table, asked);
            let mut answer = request.send().await.map_err(failed)?;
            let found = answer.responses.as_mut().and_then(|tables| tables.remove(&self.table));
            for item in found.unwrap_or_default() {
                rows.push(self.row(item)?);
            }
            let left = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table));
            pending = left.map(|left| left.keys).unwrap_or_default();
            if pending.is_empty() {
                return Ok(rows);
            }
        }
        Err(TableError::Throttled)
    }
}

impl Generational for DynamoDbSummaryTable {
    fn at(&self, generation: Generation) -> Self {
        Self { generation, ..self.clone() }
    }
}

impl SummaryTable for DynamoDbSummaryTable {
    async fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(ACCOUNT_ID, AttributeValue::S(self.stored(account_id.as_str())))
            .consistent_read(consistency == Consistency::Strong);
        let answer = request.send().await.map_err(failed)?;
        answer.item.map(|item| self.row(item)).transpose()
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let item = self.item(summary)?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = match expected {
            None => request
                .condition_expression("attribute_not_exists(#account_id)")
                .expression_attribute_names("#account_id", ACCOUNT_ID),
            Some(version) => request
                .condition_expression("#version = :expected")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":expected", AttributeValue::N(version.to_string())),
        };
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
                _ => Err(failed(error)),
            },
        }
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        let mut rows = Vec::new();
        for keys in self.keys_of_user(user_id).await?.chunks(BATCH_KEYS_MAX) {
            rows.extend(self.batch(keys).await?);
        }
        rows.sort_by(|one, other| one.account_id.cmp(&other.account_id));
        Ok(rows)
    }
}
