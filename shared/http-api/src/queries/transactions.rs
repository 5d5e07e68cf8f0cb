//! The transaction history.

use application::ports::{
    Environment, EventStore, History, HistoryFilter, HistoryPage, Order, Page, Summaries, Transaction,
    TransactionType,
};
use axum::{
    Json,
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use domain::{AccountId, Decimal, Timestamp, TransactionId};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::Side;
use crate::{
    Problem,
    problem::Code,
    request::{AccountPath, Asked, FromParameters, Identity, Parameters, TransactionPath},
    response::next_page,
    schema::{self, Amount},
};

const PAGE_SIZE_DEFAULT: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;

/// How far back a history goes if nobody says from when.
pub(super) const DEFAULT_SPAN_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Which transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryParameters {
    /// 30 days before `to`, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    from: Option<Timestamp>,
    /// Now, if absent.
    #[param(value_type = Option<schema::Timestamp>, inline)]
    to: Option<Timestamp>,
    /// Only these types, with commas between them; in any case.
    #[param(rename = "type", value_type = Option<schema::TransactionTypes>, inline)]
    types: Vec<TransactionType>,
    #[param(value_type = Option<schema::AmountGiven>, inline)]
    min_amount: Option<Decimal>,
    #[param(value_type = Option<schema::AmountGiven>, inline)]
    max_amount: Option<Decimal>,
    /// With just this counterparty.
    #[param(min_length = 1)]
    counterparty: Option<String>,
    /// With just this reference.
    #[param(min_length = 1)]
    reference: Option<String>,
    /// With all of these words in reference or description.
    #[param(min_length = 1)]
    q: Option<String>,
    /// From 1 on; not together with `cursor`. Pages by number end where `cursor` goes on.
    #[param(minimum = 1)]
    page_number: Option<u32>,
    #[param(minimum = 1, maximum = 100, default = 20, required = false)]
    page_size: u32,
    /// The `next_cursor` of the page before: what comes meanwhile moves nothing.
    #[param(min_length = 1)]
    cursor: Option<String>,
    /// The newest first, if absent.
    #[param(value_type = Option<schema::Order>, inline)]
    order: Option<Order>,
}

impl FromParameters for HistoryParameters {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        Ok(Self {
            from: parameters.time("from")?,
            to: parameters.time("to")?,
            types: types(parameters.text("type")?.as_deref())?,
            min_amount: parameters.amount("min_amount")?,
            max_amount: parameters.amount("max_amount")?,
            counterparty: parameters.text("counterparty")?,
            reference: parameters.text("reference")?,
            q: parameters.text("q")?,
            page_number: parameters.number("page_number", 1..=u32::MAX)?,
            page_size: parameters.number("page_size", 1..=PAGE_SIZE_MAX)?.unwrap_or(PAGE_SIZE_DEFAULT),
            cursor: parameters.text("cursor")?,
            order: order(parameters.text("order")?.as_deref())?,
        })
    }
}

impl HistoryParameters {
    fn page(&self) -> Result<Page, Problem> {
        match (&self.cursor, self.page_number) {
            (Some(_), Some(_)) => {
                Err(Problem::parameter("cursor", "cannot be given together with page_number"))
            }
            (Some(cursor), None) => Ok(Page::After(cursor.clone())),
            (None, number) => Ok(Page::Number(number.unwrap_or(1))),
        }
    }

    fn filter(self, account_id: AccountId, now: Timestamp) -> Result<HistoryFilter, Problem> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_SPAN_SECONDS));
        if from > to {
            return Err(Problem::parameter("from", "has to be before to, which is now if it is absent"));
        }
        if self.min_amount.zip(self.max_amount).is_some_and(|(min, max)| min > max) {
            return Err(Problem::parameter("min_amount", "has to be at most max_amount"));
        }
        Ok(HistoryFilter {
            account_id,
            from,
            to,
            types: self.types,
            min_amount: self.min_amount,
            max_amount: self.max_amount,
            counterparty: self.counterparty,
            reference: self.reference,
            text: self.q,
        })
    }
}

fn types(list: Option<&str>) -> Result<Vec<TransactionType>, Problem> {
    let one = |name: &str| {
        let found =
            TransactionType::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(name.trim()));
        let detail = "has to be of CREDIT, DEBIT, TRANSFER_OUT and TRANSFER_IN, by commas";
        found.ok_or_else(|| Problem::parameter("type", detail))
    };
    list.iter().flat_map(|list| list.split(',')).map(one).collect()
}

fn order(name: Option<&str>) -> Result<Option<Order>, Problem> {
    match name {
        None => Ok(None),
        Some("desc") => Ok(Some(Order::Descending)),
        Some("asc") => Ok(Some(Order::Ascending)),
        Some(_) => Err(Problem::parameter("order", "has to be desc or asc")),
    }
}

/// List an account's transactions
///
/// A page at a time. `Link` leads to the next one.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/transactions", tag = "transactions",
    params(AccountPath, HistoryParameters),
    responses((
        status = 200, description = "A page of transactions.", body = TransactionsBody,
        headers(("Link" = Option<String>, description = "The next page, with `rel=\"next\"`."))
    )),
)]
pub(super) async fn list_transactions<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    uri: Uri,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    Asked(asked): Asked<HistoryParameters>,
) -> Result<Response, Problem> {
    let (page, page_size) = (asked.page()?, asked.page_size);
    let order = asked.order.unwrap_or(Order::Descending);
    let filter = asked.filter(account_id, queries.now())?;
    let found = queries.transactions(&caller, &filter, &page, order, page_size).await?;
    let HistoryPage { transactions, total_count, has_next_page, next_cursor } = found;
    let page_number = match page {
        Page::Number(number) => Some(number),
        Page::After(_) => None,
    };
    let link = next_cursor.as_deref().map(|cursor| next_page(&uri, &["page_number"], "cursor", cursor));
    let transactions = transactions.into_iter().map(TransactionBody::from).collect();
    let body =
        TransactionsBody { transactions, total_count, page_number, page_size, has_next_page, next_cursor };
    Ok((link, Json(body)).into_response())
}

/// Get a transaction
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/transactions/{transaction_id}", tag = "transactions",
    params(TransactionPath),
    responses((status = 200, description = "The transaction.", body = TransactionBody)),
    extensions(("x-problems" = json!([Code::TransactionNotFound]))),
)]
pub(super) async fn get_transaction<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    TransactionPath(account_id, transaction_id): TransactionPath,
    Identity(caller): Identity,
    Asked(()): Asked<()>,
) -> Result<Json<TransactionBody>, Problem> {
    Ok(Json(queries.transaction(&caller, &account_id, &transaction_id).await?.into()))
}

/// A page of transactions.
#[derive(Serialize, ToSchema)]
#[schema(as = Transactions)]
struct TransactionsBody {
    transactions: Vec<TransactionBody>,
    /// How many match on all pages.
    total_count: u64,
    /// Null on a page that was asked for by `cursor`.
    page_number: Option<u32>,
    page_size: u32,
    has_next_page: bool,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// A movement of money on an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(crate) struct TransactionBody {
    #[schema(value_type = schema::TransactionId)]
    transaction_id: TransactionId,
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    #[serde(rename = "type")]
    #[schema(value_type = schema::TransactionType)]
    transaction_type: &'static str,
    /// The fee not counted.
    amount: Amount,
    /// What the bank took on top.
    fee: Amount,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    /// What the account held then.
    balance_after: Amount,
    #[schema(value_type = schema::Timestamp)]
    timestamp: Timestamp,
    /// One line for people.
    description: String,
    /// The customer's words.
    reference: Option<String>,
    /// Who was on the other side: an account id, or what an import knew.
    counterparty: Option<String>,
    /// Of the account, after this.
    version: u64,
}

impl From<Transaction> for TransactionBody {
    fn from(transaction: Transaction) -> Self {
        Self {
            transaction_id: transaction.transaction_id,
            account_id: transaction.account_id,
            transaction_type: transaction.transaction_type.as_str(),
            amount: transaction.amount.into(),
            fee: transaction.fee.into(),
            currency: transaction.amount.currency().code(),
            balance_after: transaction.balance_after.into(),
            timestamp: transaction.timestamp,
            description: transaction.description,
            reference: transaction.reference,
            counterparty: transaction.counterparty,
            version: transaction.version,
        }
    }
}
