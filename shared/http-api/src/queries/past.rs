//! Accounts as they were, and how they came to it: from the events alone.

use application::{
    ports::{Environment, EventStore, History, Summaries},
    queries::{AccountAt, AuditTrail, AuditedEvent, Moment},
    verify::hex,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::Timestamp;
use serde_json::{Value, json};

use super::Side;
use crate::{
    Problem,
    request::{AccountPath, Identity, Parameters},
    response::etag,
};

const EVENTS_DEFAULT: usize = 20;
const EVENTS_MAX: usize = 100;

pub(super) async fn get_balance<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let moment = moment(parameters)?;
    let AccountAt { account, version, as_of, .. } = queries.account_at(&caller, &account_id, moment).await?;
    Ok(Json(json!({
        "account_id": account_id,
        "balance": account.balance.amount().to_string(),
        "currency": account.currency().code(),
        "version": version,
        "as_of": as_of,
    })))
}

pub(super) async fn get_state<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let moment = moment(parameters)?;
    let at = queries.account_at(&caller, &account_id, moment).await?;
    let body = json!({
        "account_id": account_id,
        "version": at.version,
        "as_of": at.as_of,
        "hash": hex(&at.hash),
        "state": {
            "user_id": at.account.user_id,
            "account_type": at.account.account_type,
            "currency": at.account.currency().code(),
            "balance": at.account.balance.amount().to_string(),
            "status": at.account.status,
            "opened_at": at.account.opened_at,
            "last_transaction_at": at.account.last_transaction_at,
        },
    });
    Ok(([etag(at.version)], Json(body)).into_response())
}

pub(super) async fn list_events<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let after = parameters.parsed::<u64>("after_version", "a version, like 7, or 0")?.unwrap_or(0);
    let limit = parameters.parsed::<usize>("limit", "a number")?.unwrap_or(EVENTS_DEFAULT);
    parameters.finish()?;
    if limit == 0 || limit > EVENTS_MAX {
        return Err(Problem::parameter("limit", format!("has to be from 1 to {EVENTS_MAX}")));
    }
    let AuditTrail { events, has_more } = queries.audit_trail(&caller, &account_id, after, limit).await?;
    let next = events.last().filter(|_| has_more).map(|last| last.version);
    let events: Vec<Value> = events.iter().map(event).collect();
    Ok(Json(json!({ "account_id": account_id, "events": events, "next_after_version": next })))
}

fn moment(mut parameters: Parameters) -> Result<Moment, Problem> {
    let at = parameters.parsed::<Timestamp>("at", "a time in RFC 3339, like 2026-11-24T09:30:00Z")?;
    let version = parameters.parsed::<u64>("version", "a version, like 7")?;
    parameters.finish()?;
    match (at, version) {
        (Some(_), Some(_)) => Err(Problem::parameter("version", "cannot be given together with at")),
        (Some(at), None) => Ok(Moment::Time(at)),
        (None, Some(version)) => Ok(Moment::Version(version)),
        (None, None) => Ok(Moment::Now),
    }
}

/// An event as it is stored: `type_version` says in which form.
pub(super) fn event(event: &AuditedEvent) -> Value {
    json!({
        "version": event.version,
        "event_id": event.stored.id,
        "type": event.stored.name,
        "type_version": event.stored.version,
        "data": event.stored.data,
        "timestamp": event.timestamp,
        "recorded_at": event.metadata.recorded_at,
        "user_id": event.metadata.user_id,
        "command_id": event.metadata.command_id,
        "traceparent": event.metadata.traceparent,
        "hash": hex(&event.hash),
    })
}
