//! Sums over everybody's transactions, for admins. No sum mixes currencies, and none is rounded.

use std::sync::Arc;

use application::{
    analytics::{PERIOD_DAYS_MAX, Sums, TOP_ACCOUNTS_MAX},
    ports::{ActiveAccounts, Analytics, By, DailyVolume, Environment, Fees, Period, TopAccount, Totals},
};
use axum::{Json, Router, extract::State, middleware, routing::get};
use domain::Timestamp;
use serde_json::{Value, json};

use super::transactions::{A_TIME, DEFAULT_SPAN_SECONDS, type_name};
use crate::{
    Problem,
    request::{Identity, Parameters},
    response::finish,
};

const TOP_ACCOUNTS_DEFAULT: usize = 10;

type Side<A, E> = State<Arc<Sums<A, E>>>;

/// The routes of the analytics.
pub fn analytics_router<A: Analytics + 'static, E: Environment + 'static>(sums: Arc<Sums<A, E>>) -> Router {
    Router::new()
        .route("/v1/analytics/daily-volumes", get(daily_volumes))
        .route("/v1/analytics/top-accounts", get(top_accounts))
        .route("/v1/analytics/fees", get(fees))
        .route("/v1/analytics/active-accounts", get(active_accounts))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(sums)
        .layer(middleware::from_fn(finish))
}

async fn daily_volumes<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let period = period(&mut parameters, sums.now())?;
    parameters.finish()?;
    let volumes = sums.daily_volumes(&caller, period).await?;
    Ok(answer(period, "volumes", &volumes.iter().map(daily_volume).collect::<Vec<_>>()))
}

async fn top_accounts<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let period = period(&mut parameters, sums.now())?;
    let by = match parameters.text("by").as_deref() {
        None | Some("volume") => By::Volume,
        Some("count") => By::Count,
        Some(_) => return Err(Problem::parameter("by", "has to be volume or count")),
    };
    let limit = parameters.parsed::<usize>("limit", "a number")?.unwrap_or(TOP_ACCOUNTS_DEFAULT);
    parameters.finish()?;
    if !(1..=TOP_ACCOUNTS_MAX).contains(&limit) {
        return Err(Problem::parameter("limit", format!("has to be from 1 to {TOP_ACCOUNTS_MAX}")));
    }
    let accounts = sums.top_accounts(&caller, period, by, limit).await?;
    Ok(answer(period, "accounts", &accounts.iter().map(top_account).collect::<Vec<_>>()))
}

async fn fees<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let period = period(&mut parameters, sums.now())?;
    parameters.finish()?;
    let fees = sums.fees(&caller, period).await?;
    Ok(answer(period, "fees", &fees.iter().map(fee).collect::<Vec<_>>()))
}

async fn active_accounts<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let period = period(&mut parameters, sums.now())?;
    parameters.finish()?;
    let active = sums.active_accounts(&caller, period).await?;
    Ok(answer(period, "active_accounts", &active.iter().map(active_account).collect::<Vec<_>>()))
}

fn period(parameters: &mut Parameters, now: Timestamp) -> Result<Period, Problem> {
    let to = parameters.parsed::<Timestamp>("to", A_TIME)?.unwrap_or(now);
    let from = parameters.parsed::<Timestamp>("from", A_TIME)?;
    let period = Period { from: from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_SPAN_SECONDS)), to };
    if !period.is_short() {
        return Err(Problem::parameter(
            "from",
            format!("has to be at most {PERIOD_DAYS_MAX} days before to"),
        ));
    }
    Ok(period)
}

fn answer(period: Period, name: &str, list: &[Value]) -> Json<Value> {
    Json(json!({ "from": period.from, "to": period.to, name: list }))
}

fn daily_volume(volume: &DailyVolume) -> Value {
    let day = volume.day.to_string();
    let mut body = totals(&volume.totals);
    body["date"] = json!(day.split('T').next());
    body["type"] = json!(type_name(volume.transaction_type));
    body["account_type"] = json!(volume.account_type);
    body
}

fn top_account(account: &TopAccount) -> Value {
    let mut body = totals(&account.totals);
    body["account_id"] = json!(account.account_id);
    body
}

fn fee(fees: &Fees) -> Value {
    let Totals { transactions, currency, fee, .. } = &fees.totals;
    json!({
        "currency": currency.code(),
        "type": type_name(fees.transaction_type),
        "account_type": fees.account_type,
        "transactions": transactions,
        "fee": fee.to_string(),
    })
}

fn active_account(active: &ActiveAccounts) -> Value {
    json!({
        "currency": active.currency.code(),
        "account_type": active.account_type,
        "accounts": active.accounts,
    })
}

fn totals(totals: &Totals) -> Value {
    json!({
        "currency": totals.currency.code(),
        "transactions": totals.transactions,
        "amount": totals.amount.to_string(),
        "fee": totals.fee.to_string(),
    })
}
