//! Accounts as they are.

use application::ports::{AccountSummary, Environment, EventStore, Freshness, History, Summaries};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{Timestamp, account::Status};
use serde_json::{Value, json};

use super::Side;
use crate::{
    Problem,
    request::{AccountPath, Identity, IfNoneMatch, Parameters},
    response::etag,
};

/// One account; 304 without a body if the client has that version of it already.
///
/// A version stands for the events up to it, and so for every field but `transaction_count_30days`, which also depends
/// on the day: 304 says that nothing has happened since, not that the count is still the same. Who shows the count asks
/// without `If-None-Match` once a day in UTC.
pub(super) async fn get_account<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    if_none_match: IfNoneMatch,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let freshness = freshness(parameters)?;
    let summary = queries.account(&caller, &account_id, freshness).await?;
    if if_none_match.has(summary.version) {
        return Ok((StatusCode::NOT_MODIFIED, [etag(summary.version)]).into_response());
    }
    Ok(([etag(summary.version)], Json(account(&summary, queries.now()))).into_response())
}

fn freshness(mut parameters: Parameters) -> Result<Freshness, Problem> {
    let min_version = parameters.parsed::<u64>("min_version", "a version, like 7")?;
    let consistency = parameters.text("consistency");
    parameters.finish()?;
    match (consistency.as_deref(), min_version) {
        (Some("strong"), _) => Ok(Freshness::Strong),
        (Some(_), _) => Err(Problem::parameter("consistency", "has to be strong, or absent")),
        (None, Some(version)) => Ok(Freshness::AtLeast(version)),
        (None, None) => Ok(Freshness::Eventual),
    }
}

pub(super) async fn list_accounts<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let user_id = parameters.parsed("user_id", "a user id")?.unwrap_or_else(|| caller.user_id.clone());
    parameters.finish()?;
    let summaries = queries.accounts(&caller, &user_id).await?;
    let accounts: Vec<Value> = summaries.iter().map(|summary| account(summary, queries.now())).collect();
    Ok(Json(json!({ "accounts": accounts })))
}

fn account(summary: &AccountSummary, now: Timestamp) -> Value {
    let balance = summary.balance.amount().to_string();
    json!({
        "account_id": summary.account_id,
        "user_id": summary.user_id,
        "account_type": summary.account_type,
        "currency": summary.balance.currency().code(),
        "current_balance": balance,
        "available_balance": balance,
        "status": summary.status,
        "is_active": summary.status == Status::Active,
        "created_at": summary.created_at,
        "last_transaction_at": summary.last_transaction_at,
        "transaction_count_30days": summary.transaction_count_30days(now),
        "recent_transaction_ids": summary.recent_transaction_ids,
        "total_deposits": summary.total_deposits.amount().to_string(),
        "total_withdrawals": summary.total_withdrawals.amount().to_string(),
        "total_transfers_out": summary.total_transfers_out.amount().to_string(),
        "total_transfers_in": summary.total_transfers_in.amount().to_string(),
        "version": summary.version,
        "last_updated": summary.last_updated,
    })
}
