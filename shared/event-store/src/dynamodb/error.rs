//! What DynamoDB's refusals mean to an event store. Each conversion is here, and here only.

use application::ports::{AppendError, StoreError};
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, query::QueryError, transact_write_items::TransactWriteItemsError},
    types::CancellationReason,
};

use super::{Item, commit};

/// The codes by which DynamoDB says that it takes no more just now.
const THROTTLED: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "LimitExceededException",
];

pub(super) fn read(error: SdkError<QueryError>) -> StoreError {
    if is_throttled(error.code()) { StoreError::Throttled } else { StoreError::Unavailable(error.into()) }
}

pub(super) fn put(error: SdkError<PutItemError>) -> AppendError {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => conflict(failed.item().cloned()),
        Some(PutItemError::TransactionConflictException(_)) => AppendError::Contended,
        _ if is_throttled(error.code()) => AppendError::Throttled,
        _ => AppendError::Unavailable(error.into()),
    }
}

/// A transaction tells a reason for each of its items. A commit that stands in the way decides: trying the same again
/// would be in vain, whatever else happened.
pub(super) fn transaction(error: SdkError<TransactWriteItemsError>) -> AppendError {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => return AppendError::Contended,
        _ if is_throttled(error.code()) => return AppendError::Throttled,
        _ => return AppendError::Unavailable(error.into()),
    };
    let is = |code: &'static str| move |reason: &&CancellationReason| reason.code() == Some(code);
    let taken: Vec<Item> = reasons
        .iter()
        .filter(is("ConditionalCheckFailed"))
        .filter_map(|reason| reason.item.clone())
        .collect();
    if !taken.is_empty() {
        return conflict(taken);
    }
    if reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")) {
        return AppendError::Contended;
    }
    let throttling = ["ThrottlingError", "ProvisionedThroughputExceeded"];
    if reasons.iter().any(|reason| reason.code().is_some_and(|code| throttling.contains(&code))) {
        return AppendError::Throttled;
    }
    AppendError::Unavailable(error.into())
}

fn conflict(taken: impl IntoIterator<Item = Item>) -> AppendError {
    let winners: Result<Vec<_>, StoreError> = taken.into_iter().map(commit).collect();
    match winners {
        Ok(winners) => AppendError::Conflict { winners },
        Err(source) => AppendError::Unavailable(source.into()),
    }
}

fn is_throttled(code: Option<&str>) -> bool {
    code.is_some_and(|code| THROTTLED.contains(&code))
}
