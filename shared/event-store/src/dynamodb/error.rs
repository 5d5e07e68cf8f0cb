//! What DynamoDB's refusals mean to an event store. Each conversion is here, and here only.

use application::ports::{AppendError, JournalError, RecordError, StoreError};
use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        batch_get_item::BatchGetItemError, batch_write_item::BatchWriteItemError, get_item::GetItemError,
        put_item::PutItemError, query::QueryError, scan::ScanError,
        transact_write_items::TransactWriteItemsError,
    },
    types::CancellationReason,
};

use super::{Item, commands::record, commit};

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

pub(super) fn scan(error: SdkError<ScanError>) -> StoreError {
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

pub(super) fn get(error: SdkError<GetItemError>) -> StoreError {
    if is_throttled(error.code()) { StoreError::Throttled } else { StoreError::Unavailable(error.into()) }
}

pub(super) fn batch(error: SdkError<BatchGetItemError>) -> StoreError {
    if is_throttled(error.code()) { StoreError::Throttled } else { StoreError::Unavailable(error.into()) }
}

/// A put whose condition was not met was not needed.
pub(super) fn unless_condition_failed(error: SdkError<PutItemError>) -> Result<(), StoreError> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
        _ if is_throttled(error.code()) => Err(StoreError::Throttled),
        _ => Err(StoreError::Unavailable(error.into())),
    }
}

pub(super) fn batch_write(error: SdkError<BatchWriteItemError>) -> StoreError {
    if is_throttled(error.code()) { StoreError::Throttled } else { StoreError::Unavailable(error.into()) }
}

/// A block was not added.
pub(super) fn journal(error: SdkError<PutItemError>) -> JournalError {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(_)) => JournalError::Moved,
        _ if is_throttled(error.code()) => JournalError::Throttled,
        _ => JournalError::Unavailable(error.into()),
    }
}

pub(super) fn put_record(error: SdkError<PutItemError>) -> RecordError {
    if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
        return match failed.item().cloned().map(record).transpose() {
            Ok(existing) => RecordError::Taken(existing.map(Box::new)),
            Err(unreadable) => RecordError::Store(unreadable),
        };
    }
    // A transaction with the same command in it: whoever sent that is at it.
    if let Some(PutItemError::TransactionConflictException(_)) = error.as_service_error() {
        return RecordError::Taken(None);
    }
    let throttled = is_throttled(error.code());
    RecordError::Store(if throttled { StoreError::Throttled } else { StoreError::Unavailable(error.into()) })
}

/// A transaction tells a reason for each of its items: first the commits, then the record of their command.
///
/// A record that stands in the way decides, and then a commit: trying the same again would be in vain, whatever else
/// happened.
pub(super) fn transaction(error: SdkError<TransactWriteItemsError>, commits: usize) -> AppendError {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        // The one under way has our own token: it may still succeed.
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            return AppendError::Unavailable(error.into());
        }
        _ if is_throttled(error.code()) => return AppendError::Throttled,
        _ => return AppendError::Unavailable(error.into()),
    };
    let taken = |reason: &CancellationReason| match reason.code() {
        Some("ConditionalCheckFailed") => reason.item.clone(),
        _ => None,
    };
    let (of_commits, of_record) = reasons.split_at(commits.min(reasons.len()));
    if let Some(existing) = of_record.iter().find_map(taken) {
        return match record(existing) {
            Ok(existing) => AppendError::Recorded(Box::new(existing)),
            Err(source) => AppendError::Unavailable(source.into()),
        };
    }
    let winners: Vec<Item> = of_commits.iter().filter_map(taken).collect();
    if !winners.is_empty() {
        return conflict(winners);
    }
    let any =
        |codes: &[&str]| reasons.iter().any(|reason| reason.code().is_some_and(|code| codes.contains(&code)));
    if any(&["TransactionConflict"]) {
        AppendError::Contended
    } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
        AppendError::Throttled
    } else {
        AppendError::Unavailable(error.into())
    }
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
