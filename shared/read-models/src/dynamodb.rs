//! What DynamoDB's refusals mean to the tables of the read models, in one place.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};

use crate::TableError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The codes by which DynamoDB says that it takes no more just now.
const THROTTLED: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "LimitExceededException",
];

/// A failed request as the error of a table.
pub(crate) fn failed<E>(error: SdkError<E>) -> TableError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if error.code().is_some_and(|code| THROTTLED.contains(&code)) {
        TableError::Throttled
    } else {
        TableError::Unavailable(error.into())
    }
}
