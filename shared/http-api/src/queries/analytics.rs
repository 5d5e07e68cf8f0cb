//! Sums over everybody's transactions, for admins. No sum mixes currencies, and none is rounded.

use std::sync::Arc;

use application::{
    analytics::{PERIOD_DAYS_MAX, Sums, TOP_ACCOUNTS_MAX},
    ports::{ActiveAccounts, Analytics, By, DailyVolume, Environment, Fees, Period, TopAccount, Totals},
};
use axum::{Json, extract::State};
use domain::{AccountId, Timestamp, account::AccountType};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::transactions::DEFAULT_SPAN_SECONDS;
use crate::{
    Problem,
    request::{AdminOnly, Asked, FromParameters, Parameters},
    routes::{Description, Routes, route},
    schema::{self, Amount},
};

const TOP_ACCOUNTS_DEFAULT: usize = 10;

type Side<A, E> = State<Arc<Sums<A, E>>>;

/// The routes of the analytics.
pub fn analytics_routes<A, E, D>(sums: Arc<Sums<A, E>>) -> Routes<D>
where
    A: Analytics + 'static,
    E: Environment + 'static,
    D: Description,
{
    Routes::new()
        .with(route!(daily_volumes))
        .with(route!(top_accounts))
        .with(route!(fees))
        .with(route!(active_accounts))
        .with_state(sums)
}

/// Of which period, at most 366 days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodParameters {
    /// 30 days before `to`, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    from: Option<Timestamp>,
    /// Now, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    to: Option<Timestamp>,
}

impl FromParameters for PeriodParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        Ok(Self { from: parameters.time("from")?, to: parameters.time("to")? })
    }
}

impl PeriodParameters {
    fn period(&self, now: Timestamp) -> Result<Period, Problem> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_SPAN_SECONDS));
        let period = Period { from, to };
        if from > to || !period.is_short() {
            let detail = format!("has to be before to, and by at most {PERIOD_DAYS_MAX} days");
            return Err(Problem::parameter("from", detail));
        }
        Ok(period)
    }
}

/// Which accounts, and how many.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct TopParameters {
    /// 30 days before `to`, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    from: Option<Timestamp>,
    /// Now, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    to: Option<Timestamp>,
    /// By how much money moved, or how often; by volume, if absent.
    #[param(value_type = Option<schema::TopBy>, inline)]
    by: By,
    #[param(minimum = 1, maximum = 100, default = 10, required = false)]
    limit: usize,
}

impl FromParameters for TopParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let PeriodParameters { from, to } = PeriodParameters::read(parameters)?;
        let by = match parameters.text("by")?.as_deref() {
            None | Some("volume") => By::Volume,
            Some("count") => By::Count,
            Some(_) => return Err(Problem::parameter("by", "has to be volume or count")),
        };
        let limit = parameters.number("limit", 1..=TOP_ACCOUNTS_MAX)?.unwrap_or(TOP_ACCOUNTS_DEFAULT);
        Ok(Self { from, to, by, limit })
    }
}

/// Sum what moved, day by day
#[utoipa::path(
    get, path = "/v1/analytics/daily-volumes", tag = "analytics", params(PeriodParameters),
    responses((status = 200, description = "By day, type, account type and currency.", body = DailyVolumesBody)),
)]
async fn daily_volumes<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    AdminOnly(caller): AdminOnly,
    Asked(asked): Asked<PeriodParameters>,
) -> Result<Json<DailyVolumesBody>, Problem> {
    let period = asked.period(sums.now())?;
    let volumes = sums.daily_volumes(&caller, period).await?;
    let volumes = volumes.into_iter().map(DailyVolumeBody::from).collect();
    Ok(Json(DailyVolumesBody { from: period.from, to: period.to, volumes }))
}

/// List the accounts that moved the most
#[utoipa::path(
    get, path = "/v1/analytics/top-accounts", tag = "analytics", params(TopParameters),
    responses((status = 200, description = "The most first.", body = TopAccountsBody)),
)]
async fn top_accounts<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    AdminOnly(caller): AdminOnly,
    Asked(TopParameters { from, to, by, limit }): Asked<TopParameters>,
) -> Result<Json<TopAccountsBody>, Problem> {
    let period = PeriodParameters { from, to }.period(sums.now())?;
    let accounts = sums.top_accounts(&caller, period, by, limit).await?;
    let accounts = accounts.into_iter().map(TopAccountBody::from).collect();
    Ok(Json(TopAccountsBody { from: period.from, to: period.to, accounts }))
}

/// Sum what the bank took
#[utoipa::path(
    get, path = "/v1/analytics/fees", tag = "analytics", params(PeriodParameters),
    responses((status = 200, description = "By type, account type and currency.", body = FeesBody)),
)]
async fn fees<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    AdminOnly(caller): AdminOnly,
    Asked(asked): Asked<PeriodParameters>,
) -> Result<Json<FeesBody>, Problem> {
    let period = asked.period(sums.now())?;
    let fees = sums.fees(&caller, period).await?;
    let fees = fees.into_iter().map(FeeBody::from).collect();
    Ok(Json(FeesBody { from: period.from, to: period.to, fees }))
}

/// Count the accounts on which something moved
#[utoipa::path(
    get, path = "/v1/analytics/active-accounts", tag = "analytics", params(PeriodParameters),
    responses((status = 200, description = "By account type and currency.", body = ActiveAccountsBody)),
)]
async fn active_accounts<A: Analytics, E: Environment>(
    State(sums): Side<A, E>,
    AdminOnly(caller): AdminOnly,
    Asked(asked): Asked<PeriodParameters>,
) -> Result<Json<ActiveAccountsBody>, Problem> {
    let period = asked.period(sums.now())?;
    let active = sums.active_accounts(&caller, period).await?;
    let active_accounts = active.into_iter().map(ActiveBody::from).collect();
    Ok(Json(ActiveAccountsBody { from: period.from, to: period.to, active_accounts }))
}

/// What moved in a period.
#[derive(Serialize, ToSchema)]
#[schema(as = DailyVolumes)]
struct DailyVolumesBody {
    #[schema(value_type = schema::Timestamp)]
    from: Timestamp,
    #[schema(value_type = schema::Timestamp)]
    to: Timestamp,
    volumes: Vec<DailyVolumeBody>,
}

/// What moved on a day, of one type and currency.
#[derive(Serialize, ToSchema)]
#[schema(as = DailyVolume)]
struct DailyVolumeBody {
    /// In UTC.
    #[schema(format = Date)]
    date: String,
    #[serde(rename = "type")]
    #[schema(value_type = schema::TransactionType)]
    transaction_type: &'static str,
    /// Null if the events do not tell.
    #[schema(value_type = Option<schema::AccountType>)]
    account_type: Option<AccountType>,
    #[serde(flatten)]
    totals: TotalsBody,
}

/// The accounts on which the most moved.
#[derive(Serialize, ToSchema)]
#[schema(as = TopAccounts)]
struct TopAccountsBody {
    #[schema(value_type = schema::Timestamp)]
    from: Timestamp,
    #[schema(value_type = schema::Timestamp)]
    to: Timestamp,
    accounts: Vec<TopAccountBody>,
}

/// What moved on one account.
#[derive(Serialize, ToSchema)]
#[schema(as = TopAccount)]
struct TopAccountBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    #[serde(flatten)]
    totals: TotalsBody,
}

/// What transactions come to.
#[derive(Serialize, ToSchema)]
#[schema(as = Totals)]
struct TotalsBody {
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    /// How many.
    transactions: u64,
    /// Fees not counted.
    amount: Amount,
    fee: Amount,
}

/// What the bank took in a period.
#[derive(Serialize, ToSchema)]
#[schema(as = Fees)]
struct FeesBody {
    #[schema(value_type = schema::Timestamp)]
    from: Timestamp,
    #[schema(value_type = schema::Timestamp)]
    to: Timestamp,
    fees: Vec<FeeBody>,
}

/// What the bank took for transactions of one type and currency.
#[derive(Serialize, ToSchema)]
#[schema(as = Fee)]
struct FeeBody {
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    #[serde(rename = "type")]
    #[schema(value_type = schema::TransactionType)]
    transaction_type: &'static str,
    /// Null if the events do not tell.
    #[schema(value_type = Option<schema::AccountType>)]
    account_type: Option<AccountType>,
    /// How many cost something.
    transactions: u64,
    fee: Amount,
}

/// On how many accounts something moved in a period.
#[derive(Serialize, ToSchema)]
#[schema(as = ActiveAccounts)]
struct ActiveAccountsBody {
    #[schema(value_type = schema::Timestamp)]
    from: Timestamp,
    #[schema(value_type = schema::Timestamp)]
    to: Timestamp,
    active_accounts: Vec<ActiveBody>,
}

/// On how many accounts of one kind something moved.
#[derive(Serialize, ToSchema)]
#[schema(as = ActiveAccountCount)]
struct ActiveBody {
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    /// Null if the events do not tell.
    #[schema(value_type = Option<schema::AccountType>)]
    account_type: Option<AccountType>,
    accounts: u64,
}

impl From<DailyVolume> for DailyVolumeBody {
    fn from(DailyVolume { day, transaction_type, account_type, totals }: DailyVolume) -> Self {
        let date = day.to_string().chars().take_while(|letter| *letter != 'T').collect();
        Self { date, transaction_type: transaction_type.as_str(), account_type, totals: totals.into() }
    }
}

impl From<TopAccount> for TopAccountBody {
    fn from(TopAccount { account_id, totals }: TopAccount) -> Self {
        Self { account_id, totals: totals.into() }
    }
}

impl From<Totals> for TotalsBody {
    fn from(Totals { transactions, currency, amount, fee }: Totals) -> Self {
        Self { currency: currency.code(), transactions, amount: amount.into(), fee: fee.into() }
    }
}

impl From<Fees> for FeeBody {
    fn from(Fees { transaction_type, account_type, totals }: Fees) -> Self {
        let Totals { transactions, currency, fee, .. } = totals;
        let transaction_type = transaction_type.as_str();
        Self { currency: currency.code(), transaction_type, account_type, transactions, fee: fee.into() }
    }
}

impl From<ActiveAccounts> for ActiveBody {
    fn from(ActiveAccounts { account_type, currency, accounts }: ActiveAccounts) -> Self {
        Self { currency: currency.code(), account_type, accounts }
    }
}
