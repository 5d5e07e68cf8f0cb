//! A page of the history by two queries at once: how many match, and the newest of them.

use std::sync::Arc;

use application::{commands::Caller, ports::Environment as _};
use axum::{
    Extension, Json,
    extract::{Path, Query, State},
};
use domain::{Decimal, Timestamp};
use lambda_kit::SystemEnvironment;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Row, types::ToSql};

use super::{Connections, Failure, instant, money, time};

const ACCOUNT: &str = "SELECT a.id, a.currency, u.user_id FROM accounts a JOIN users u ON u.id = a.owner WHERE a.account_id = $1";
const PAGE: &str = include_str!("page.sql");
const MATCHING: &str = include_str!("matching.sql");
const PAGE_SIZE: i64 = 20;
const DEFAULT_SPAN_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The parameters that are compared; the API has `cursor` and `order` beside them.
#[derive(Deserialize)]
pub(super) struct Parameters {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    #[serde(rename = "type")]
    types: Option<String>,
    min_amount: Option<Decimal>,
    max_amount: Option<Decimal>,
    counterparty: Option<String>,
    reference: Option<String>,
    q: Option<String>,
    page_number: Option<i64>,
    page_size: Option<i64>,
}

/// The body of `GET /v1/accounts/{account_id}/transactions`, without its cursor.
#[derive(Serialize)]
pub(super) struct Page {
    transactions: Vec<Transaction>,
    total_count: i64,
    page_number: i64,
    page_size: i64,
    has_next_page: bool,
}

#[derive(Serialize)]
struct Transaction {
    transaction_id: String,
    account_id: String,
    #[serde(rename = "type")]
    kind: String,
    amount: String,
    fee: String,
    currency: String,
    balance_after: String,
    timestamp: Timestamp,
    description: String,
    reference: Option<String>,
    counterparty: Option<String>,
    version: i64,
}

/// A text of SQL, and what stands for its numbers.
struct Conditions {
    text: String,
    values: Vec<Box<dyn ToSql + Send + Sync>>,
}

impl Conditions {
    fn new(account: i64, from: jiff::Timestamp, to: jiff::Timestamp) -> Self {
        Self { text: MATCHING.to_owned(), values: vec![Box::new(account), Box::new(from), Box::new(to)] }
    }

    /// One more condition, if it is asked for: `?` in it is the value.
    fn and<T: ToSql + Send + Sync + 'static>(&mut self, condition: &str, value: Option<T>) {
        let Some(value) = value else { return };
        self.values.push(Box::new(value));
        self.text += &format!(" AND {}", condition.replace('?', &format!("${}", self.values.len())));
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| -> &(dyn ToSql + Sync) { value.as_ref() }).collect()
    }
}

pub(super) async fn list_transactions(
    State(connections): State<Arc<Connections>>,
    Path(account_id): Path<String>,
    Query(asked): Query<Parameters>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Page>, Failure> {
    let connection = connections.one().await?;
    let statement = connection.prepared(ACCOUNT).await?;
    let account = connection.client.query_opt(&statement, &[&account_id]).await?;
    let account = account.ok_or(Failure::NotFound)?;
    if !caller.may_use_account_of(&account.try_get::<_, String>("user_id")?.parse()?) {
        return Err(Failure::NotFound);
    }
    let (number, size) = (asked.page_number.unwrap_or(1), asked.page_size.unwrap_or(PAGE_SIZE));
    let offset = (number - 1) * size;
    let currency: String = account.try_get("currency")?;
    let conditions = conditions(account.try_get("id")?, asked)?;
    let count = connection.prepared(&format!("SELECT count(*) {}", conditions.text)).await?;
    let page = format!(
        "{PAGE}{} ORDER BY t.booked_at DESC, t.version DESC LIMIT {size} OFFSET {offset}",
        conditions.text
    );
    let page = connection.prepared(&page).await?;
    let (values, client) = (conditions.values(), &connection.client);
    let (count, rows) = tokio::try_join!(client.query_one(&count, &values), client.query(&page, &values))?;
    let total_count: i64 = count.try_get(0)?;
    let has_next_page = offset + i64::try_from(rows.len())? < total_count && !rows.is_empty();
    let transactions = rows.iter().map(|row| transaction(row, &account_id, &currency));
    let transactions = transactions.collect::<Result<_, Failure>>()?;
    Ok(Json(Page { transactions, total_count, page_number: number, page_size: size, has_next_page }))
}

fn conditions(account: i64, asked: Parameters) -> Result<Conditions, Failure> {
    let to = asked.to.unwrap_or_else(|| SystemEnvironment.now());
    let from = asked.from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_SPAN_SECONDS));
    let mut conditions = Conditions::new(account, instant(from)?, instant(to)?);
    let kinds = asked.types.map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>());
    conditions.and("t.kind = ANY(?)", kinds);
    // All accounts that are compared have a currency with two minor digits.
    let minor = |amount: Decimal| i64::try_from((amount * Decimal::ONE_HUNDRED).trunc().mantissa());
    conditions.and("t.amount >= ?", asked.min_amount.map(minor).transpose()?);
    conditions.and("t.amount <= ?", asked.max_amount.map(minor).transpose()?);
    conditions.and("coalesce(other.account_id, t.counterparty) = ?", asked.counterparty);
    conditions.and("t.reference = ?", asked.reference);
    let words = "to_tsvector('simple', coalesce(t.reference, '') || ' ' || t.description) @@ plainto_tsquery('simple', ?)";
    conditions.and(words, asked.q);
    Ok(conditions)
}

fn transaction(row: &Row, account_id: &str, currency: &str) -> Result<Transaction, Failure> {
    let sum = |column: &str| money(row.try_get(column)?, currency);
    Ok(Transaction {
        transaction_id: row.try_get("transaction_id")?,
        account_id: account_id.to_owned(),
        kind: row.try_get("kind")?,
        amount: sum("amount")?,
        fee: sum("fee")?,
        currency: currency.to_owned(),
        balance_after: sum("balance_after")?,
        timestamp: time(row, "booked_at")?,
        description: row.try_get("description")?,
        reference: row.try_get("reference")?,
        counterparty: row.try_get("counterparty")?,
        version: row.try_get("version")?,
    })
}
