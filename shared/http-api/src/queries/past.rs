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
use domain::{
    AccountId, Timestamp, UserId,
    account::{AccountType, Status},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Side;
use crate::{
    Problem,
    request::{AccountPath, Asked, FromParameters, Identity, NUMBER_MAX, Parameters},
    response::etag,
    schema::{self, Amount},
};

const EVENTS_DEFAULT: usize = 20;
const EVENTS_MAX: usize = 100;

/// Which point of the past; now, if neither is given.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MomentParameters {
    /// At this time.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    at: Option<Timestamp>,
    /// After this version. Not together with `at`.
    version: Option<u64>,
}

impl FromParameters for MomentParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let (at, version) = (parameters.time("at")?, parameters.number("version", 0..=NUMBER_MAX)?);
        if at.is_some() && version.is_some() {
            return Err(Problem::parameter("version", "cannot be given together with at"));
        }
        Ok(Self { at, version })
    }
}

impl From<MomentParameters> for Moment {
    fn from(MomentParameters { at, version }: MomentParameters) -> Self {
        at.map(Self::Time).or(version.map(Self::Version)).unwrap_or(Self::Now)
    }
}

/// Get a balance of the past
///
/// Before the account was opened there is none: 404 `account_not_found`.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/balance", tag = "past", params(AccountPath, MomentParameters),
    responses((status = 200, description = "The balance at that point.", body = BalanceBody)),
)]
pub(super) async fn get_balance<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    Asked(moment): Asked<MomentParameters>,
) -> Result<Response, Problem> {
    let at = queries.account_at(&caller, &account_id, moment.into()).await?;
    let AccountAt { account, version, as_of, .. } = at;
    let (balance, currency) = (account.balance.into(), account.currency().code());
    let body = BalanceBody { account_id, balance, currency, version, as_of };
    Ok(([etag(version)], Json(body)).into_response())
}

/// A balance at some point.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
struct BalanceBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    balance: Amount,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    /// The version that left it so.
    version: u64,
    /// When that version was.
    #[schema(value_type = schema::Timestamp)]
    as_of: Timestamp,
}

/// Get the whole state of an account at some point
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/state", tag = "past", params(AccountPath, MomentParameters),
    responses((status = 200, description = "The state at that point.", body = StateBody)),
)]
pub(super) async fn get_state<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    Asked(moment): Asked<MomentParameters>,
) -> Result<Response, Problem> {
    let AccountAt { account, version, as_of, hash } =
        queries.account_at(&caller, &account_id, moment.into()).await?;
    let state = AccountStateBody {
        currency: account.currency().code(),
        user_id: account.user_id,
        account_type: account.account_type,
        balance: account.balance.into(),
        status: account.status,
        opened_at: account.opened_at,
        last_transaction_at: account.last_transaction_at,
    };
    let body = StateBody { account_id, version, as_of, hash: hex(&hash), state };
    Ok(([etag(version)], Json(body)).into_response())
}

/// What an account was at some point.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountAtVersion)]
struct StateBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The version that left it so.
    version: u64,
    /// When that version was.
    #[schema(value_type = schema::Timestamp)]
    as_of: Timestamp,
    /// Ties that version to all before it.
    #[schema(value_type = schema::Hash)]
    hash: String,
    state: AccountStateBody,
}

/// All that the rules look at.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountState)]
struct AccountStateBody {
    #[schema(value_type = schema::UserId)]
    user_id: UserId,
    #[schema(value_type = schema::AccountType)]
    account_type: AccountType,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    balance: Amount,
    #[schema(value_type = schema::AccountStatus)]
    status: Status,
    #[schema(value_type = schema::Timestamp)]
    opened_at: Timestamp,
    /// When money last moved.
    #[schema(value_type = schema::Timestamp)]
    last_transaction_at: Timestamp,
}

/// From where on, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventParameters {
    /// The version that was seen last, 0 for none.
    #[param(default = 0, required = false)]
    after_version: u64,
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    limit: usize,
}

impl FromParameters for EventParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let after_version = parameters.number("after_version", 0..=NUMBER_MAX)?.unwrap_or(0);
        let limit = parameters.number("limit", 1..=EVENTS_MAX)?.unwrap_or(EVENTS_DEFAULT);
        Ok(Self { after_version, limit })
    }
}

/// List the events of an account
///
/// The audit trail: each event as it is stored, who did it by which command, and the hash that ties it to all before it.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/events", tag = "past", params(AccountPath, EventParameters),
    responses((status = 200, description = "Events by version.", body = EventsBody)),
)]
pub(super) async fn list_events<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    Asked(EventParameters { after_version, limit }): Asked<EventParameters>,
) -> Result<Json<EventsBody>, Problem> {
    let AuditTrail { events, has_more } =
        queries.audit_trail(&caller, &account_id, after_version, limit).await?;
    let next_after_version = events.last().filter(|_| has_more).map(|last| last.version);
    let events = events.into_iter().map(EventBody::from).collect();
    Ok(Json(EventsBody { account_id, events, next_after_version }))
}

/// Events of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Events)]
pub(super) struct EventsBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    events: Vec<EventBody>,
    /// What to ask for next; null if there is no more.
    next_after_version: Option<u64>,
}

/// An event as it is stored.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(super) struct EventBody {
    /// Its place in its stream: 1, 2, 3 and so on.
    version: u64,
    /// Names it; for a movement of money it is the transaction's id.
    event_id: String,
    #[serde(rename = "type")]
    #[schema(example = "MoneyDeposited")]
    name: String,
    /// The form that `data` has.
    type_version: u16,
    /// The fact itself.
    #[schema(value_type = Object)]
    data: Value,
    /// When it happened.
    #[schema(value_type = schema::Timestamp)]
    timestamp: Timestamp,
    /// When it was written, by the clock.
    #[schema(value_type = schema::Timestamp)]
    recorded_at: Timestamp,
    /// Who did it.
    #[schema(value_type = schema::UserId)]
    user_id: UserId,
    /// By which command.
    command_id: Uuid,
    /// The W3C trace context of that command.
    traceparent: Option<String>,
    /// The hash of the commit that it is in.
    #[schema(value_type = schema::Hash)]
    hash: String,
}

impl From<AuditedEvent> for EventBody {
    fn from(AuditedEvent { version, stored, timestamp, metadata, hash }: AuditedEvent) -> Self {
        Self {
            version,
            event_id: stored.id,
            name: stored.name,
            type_version: stored.version,
            data: stored.data,
            timestamp,
            recorded_at: metadata.recorded_at,
            user_id: metadata.user_id,
            command_id: metadata.command_id,
            traceparent: metadata.traceparent,
            hash: hex(&hash),
        }
    }
}
