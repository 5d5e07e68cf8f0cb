//! An account by one query: its row, its owner, and the sums over all that it ever had.

use std::sync::Arc;

use application::{commands::Caller, ports::Environment as _};
use axum::{
    Extension, Json,
    extract::{Path, State},
};
use domain::Timestamp;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use super::{Connections, Failure, instant, money, time};

const QUERY: &str = include_str!("summary.sql");

/// The days that are counted, today included.
const DAYS: i64 = 30;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The body of `GET /v1/accounts/{account_id}`.
#[derive(Serialize)]
pub(super) struct Account {
    account_id: String,
    user_id: String,
    account_type: String,
    current_balance: String,
    available_balance: String,
    is_active: bool,
    status: String,
    created_at: Timestamp,
    last_transaction_at: Timestamp,
    transaction_count_30days: i64,
    recent_transaction_ids: Vec<String>,
    total_deposits: String,
    total_withdrawals: String,
    total_transfers_out: String,
    total_transfers_in: String,
    version: i64,
    last_updated: Timestamp,
    currency: String,
}

pub(super) async fn get_account(
    State(connections): State<Arc<Connections>>,
    Path(account_id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Account>, Failure> {
    let today = SystemEnvironment.now().day();
    let since = instant(Timestamp::from_micros((today - DAYS + 1) * MICROS_PER_DAY)?)?;
    let connection = connections.one().await?;
    let statement = connection.prepared(QUERY).await?;
    let row = connection.client.query_opt(&statement, &[&account_id, &since]).await?;
    let row = row.ok_or(Failure::NotFound)?;
    let user_id: String = row.try_get("user_id")?;
    if !caller.may_use_account_of(&user_id.parse()?) {
        return Err(Failure::NotFound);
    }
    let currency: String = row.try_get("currency")?;
    let sum = |column: &str| money(row.try_get(column)?, &currency);
    let status: String = row.try_get("status")?;
    Ok(Json(Account {
        account_id: row.try_get("account_id")?,
        user_id,
        account_type: row.try_get("account_type")?,
        current_balance: sum("balance")?,
        available_balance: sum("balance")?,
        is_active: status == "ACTIVE",
        status,
        created_at: time(&row, "opened_at")?,
        last_transaction_at: time(&row, "last_at")?,
        transaction_count_30days: row.try_get("count")?,
        recent_transaction_ids: row.try_get("ids")?,
        total_deposits: sum("deposits")?,
        total_withdrawals: sum("withdrawals")?,
        total_transfers_out: sum("transfers_out")?,
        total_transfers_in: sum("transfers_in")?,
        version: row.try_get("version")?,
        last_updated: time(&row, "updated_at")?,
        currency,
    }))
}
