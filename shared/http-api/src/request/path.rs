//! Ids in paths. An id that cannot be one names nothing.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
};
use domain::{AccountId, TransactionId};

use crate::Problem;

/// The account that a path names.
pub(crate) struct AccountPath(pub(crate) AccountId);

/// The transaction that a path names, and its account.
pub(crate) struct TransactionPath(pub(crate) AccountId, pub(crate) TransactionId);

impl<S: Send + Sync> FromRequestParts<S> for AccountPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let absent = || Problem::new(StatusCode::NOT_FOUND, "account_not_found", "there is no such account");
        let names = names(parts, state).await.ok_or_else(absent)?;
        names.get("account_id").and_then(|id| id.parse().ok()).map(Self).ok_or_else(absent)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TransactionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let AccountPath(account_id) = AccountPath::from_request_parts(parts, state).await?;
        let names = names(parts, state).await.unwrap_or_default();
        let absent =
            || Problem::new(StatusCode::NOT_FOUND, "transaction_not_found", "there is no such transaction");
        let transaction_id = names.get("transaction_id").and_then(|id| id.parse().ok()).ok_or_else(absent)?;
        Ok(Self(account_id, transaction_id))
    }
}

async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<HashMap<String, String>> {
    Path::<HashMap<String, String>>::from_request_parts(parts, state).await.ok().map(|Path(names)| names)
}
