//! Accounts as they are.

use application::ports::{AccountSummary, Environment, EventStore, Freshness, History, Summaries};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    AccountId, Timestamp, TransactionId, UserId,
    account::{AccountType, Status},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::Side;
use crate::{
    Problem,
    problem::Code,
    request::{AccountPath, Asked, FromParameters, Identity, IfNoneMatch, NUMBER_MAX, Parameters},
    response::etag,
    schema::{self, Amount},
};

/// How fresh an account is to be.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FreshnessParameters {
    /// Wait for this version: what a command answered is a good one to ask for.
    min_version: Option<u64>,
    /// The newest there is.
    #[param(rename = "consistency", value_type = Option<schema::Consistency>, inline)]
    is_strong: bool,
}

impl FromParameters for FreshnessParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let min_version = parameters.number("min_version", 0..=NUMBER_MAX)?;
        let is_strong = match parameters.text("consistency")?.as_deref() {
            None => false,
            Some("strong") => true,
            Some(_) => return Err(Problem::parameter("consistency", "has to be strong, or absent")),
        };
        Ok(Self { min_version, is_strong })
    }
}

impl From<FreshnessParameters> for Freshness {
    fn from(FreshnessParameters { min_version, is_strong }: FreshnessParameters) -> Self {
        match min_version {
            _ if is_strong => Self::Strong,
            Some(version) => Self::AtLeast(version),
            None => Self::Eventual,
        }
    }
}

/// Get an account
///
/// With `If-None-Match`, 304 without a body if the client has that version of it already. A version stands for the
/// events up to it, and so for every field but `transaction_count_30days`, which also depends on the day: 304 says that
/// nothing has happened since, not that the count is still the same. Who shows the count asks without `If-None-Match`
/// once a day in UTC.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}", tag = "accounts",
    params(AccountPath, FreshnessParameters, IfNoneMatch),
    responses(
        (status = 200, description = "The account.", body = AccountBody),
        (status = 304, description = "The client has this version already."),
    ),
)]
pub(super) async fn get_account<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    if_none_match: IfNoneMatch,
    Asked(freshness): Asked<FreshnessParameters>,
) -> Result<Response, Problem> {
    let summary = queries.account(&caller, &account_id, freshness.into()).await?;
    if if_none_match.has(summary.version) {
        return Ok((StatusCode::NOT_MODIFIED, [etag(summary.version)]).into_response());
    }
    let version = summary.version;
    Ok(([etag(version)], Json(AccountBody::of(summary, queries.now()))).into_response())
}

/// Whose accounts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnerParameters {
    /// The caller if absent; somebody else is for admins.
    #[param(value_type = Option<schema::UserId>, inline)]
    user_id: Option<UserId>,
}

impl FromParameters for OwnerParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        Ok(Self { user_id: parameters.parsed("user_id", "a user id")? })
    }
}

/// List a user's accounts
#[utoipa::path(
    get, path = "/v1/accounts", tag = "accounts", params(OwnerParameters),
    responses((status = 200, description = "All accounts of the user, by their ids.", body = AccountsBody)),
    extensions(("x-problems" = json!([Code::Forbidden]))),
)]
pub(super) async fn list_accounts<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    Identity(caller): Identity,
    Asked(OwnerParameters { user_id }): Asked<OwnerParameters>,
) -> Result<Json<AccountsBody>, Problem> {
    let user_id = user_id.unwrap_or_else(|| caller.user_id.clone());
    let summaries = queries.accounts(&caller, &user_id).await?;
    let now = queries.now();
    let accounts = summaries.into_iter().map(|summary| AccountBody::of(summary, now)).collect();
    Ok(Json(AccountsBody { accounts }))
}

/// Accounts of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Accounts)]
pub(super) struct AccountsBody {
    accounts: Vec<AccountBody>,
}

/// An account as it is.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The owner.
    #[schema(value_type = schema::UserId)]
    user_id: UserId,
    #[schema(value_type = schema::AccountType)]
    account_type: AccountType,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    current_balance: Amount,
    /// What can be spent, fees not counted: the same as `current_balance`, for the bank holds nothing back.
    available_balance: Amount,
    #[schema(value_type = schema::AccountStatus)]
    status: Status,
    /// Whether money may move.
    is_active: bool,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When money last moved.
    #[schema(value_type = schema::Timestamp)]
    last_transaction_at: Timestamp,
    /// Of today in UTC and of the 29 days before.
    transaction_count_30days: u64,
    /// The newest first, at most 10.
    #[schema(value_type = Vec<schema::TransactionId>)]
    recent_transaction_ids: Vec<TransactionId>,
    /// The initial deposit included.
    total_deposits: Amount,
    /// Fees included.
    total_withdrawals: Amount,
    /// Fees included.
    total_transfers_out: Amount,
    total_transfers_in: Amount,
    /// How many events the account has.
    version: u64,
    /// When the last of them was.
    #[schema(value_type = schema::Timestamp)]
    last_updated: Timestamp,
}

impl AccountBody {
    fn of(summary: AccountSummary, now: Timestamp) -> Self {
        Self {
            transaction_count_30days: summary.transaction_count_30days(now),
            account_id: summary.account_id,
            user_id: summary.user_id,
            account_type: summary.account_type,
            currency: summary.balance.currency().code(),
            current_balance: summary.balance.into(),
            available_balance: summary.balance.into(),
            status: summary.status,
            is_active: summary.status == Status::Active,
            created_at: summary.created_at,
            last_transaction_at: summary.last_transaction_at,
            recent_transaction_ids: summary.recent_transaction_ids,
            total_deposits: summary.total_deposits.into(),
            total_withdrawals: summary.total_withdrawals.into(),
            total_transfers_out: summary.total_transfers_out.into(),
            total_transfers_in: summary.total_transfers_in.into(),
            version: summary.version,
            last_updated: summary.last_updated,
        }
    }
}
