//! Which rows the table of summaries has in DynamoDB: the one question that takes a scan of it.

use application::ports::AccountSummary;
use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, scan::builders::ScanFluentBuilder},
    types::AttributeValue,
};

use super::{DynamoDbSummaryTable, SummaryCatalog, Written, dynamodb::ACCOUNT_ID};
use crate::{
    TableError,
    dynamodb::{Item, failed},
    error::unreadable,
};

impl SummaryCatalog for DynamoDbSummaryTable {
    /// One read unit for each 4 KB of the table, the rows of other generations included.
    async fn keys(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), TableError> {
        let request = self.scan(after, limit).projection_expression("#account_id");
        let page =
            request.expression_attribute_names("#account_id", ACCOUNT_ID).send().await.map_err(failed)?;
        let mut ids = Vec::new();
        for item in page.items.unwrap_or_default() {
            ids.extend(self.id(&key(&item)?).map(str::to_owned));
        }
        let next = page.last_evaluated_key.map(|item| key(&item)).transpose()?;
        Ok((ids, next))
    }

    /// One read unit for each 4 KB of the table, likewise.
    async fn rows(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<AccountSummary>, Option<String>), TableError> {
        let page = self.scan(after, limit).send().await.map_err(failed)?;
        let mut rows = Vec::new();
        for item in page.items.unwrap_or_default() {
            if self.id(&key(&item)?).is_some() {
                rows.push(self.row(item)?);
            }
        }
        let next = page.last_evaluated_key.map(|item| key(&item)).transpose()?;
        Ok((rows, next))
    }

    async fn remove(&self, key: &str, expected: Option<u64>) -> Result<Written, TableError> {
        let mut request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key(ACCOUNT_ID, AttributeValue::S(self.stored(key)));
        if let Some(version) = expected {
            request = request
                .condition_expression("#version = :expected")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":expected", AttributeValue::N(version.to_string()));
        }
        match request.send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(Written::Lost),
                _ => Err(failed(error)),
            },
        }
    }
}

impl DynamoDbSummaryTable {
    /// A page of the whole table, with all writes before it.
    fn scan(&self, after: Option<&str>, limit: usize) -> ScanFluentBuilder {
        let start = after.map(|key| Item::from([(ACCOUNT_ID.to_owned(), AttributeValue::S(key.to_owned()))]));
        self.client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
    }
}

fn key(item: &Item) -> Result<String, TableError> {
    let key = item.get(ACCOUNT_ID).and_then(|key| key.as_s().ok()).cloned();
    key.ok_or_else(|| unreadable("a row without a key"))
}
