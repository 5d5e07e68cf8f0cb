//! The transaction history.

use application::ports::{
    Environment, EventStore, History, HistoryFilter, HistoryPage, Order, Page, Summaries, Transaction,
    TransactionType,
};
use axum::{Json, extract::State};
use domain::{AccountId, Decimal, Timestamp};
use serde_json::{Value, json};

use super::Side;
use crate::{
    Problem,
    request::{AccountPath, Identity, Parameters, TransactionPath},
};

const PAGE_SIZE_DEFAULT: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;

/// How far back a history goes if nobody says from when.
pub(super) const DEFAULT_SPAN_SECONDS: i64 = 30 * 24 * 60 * 60;

pub(super) const A_TIME: &str = "a time in RFC 3339, like 2026-11-24T09:30:00Z";
const AN_AMOUNT: &str = "an amount, like 250.00";

pub(super) async fn list_transactions<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    AccountPath(account_id): AccountPath,
    Identity(caller): Identity,
    mut parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    let filter = filter(&mut parameters, account_id, queries.now())?;
    let (page, order, size) = page(&mut parameters)?;
    parameters.finish()?;
    let HistoryPage { transactions, total_count, has_next_page, next_cursor } =
        queries.transactions(&caller, &filter, &page, order, size).await?;
    let page_number = match page {
        Page::Number(number) => Some(number),
        Page::After(_) => None,
    };
    Ok(Json(json!({
        "transactions": transactions.iter().map(transaction).collect::<Vec<_>>(),
        "total_count": total_count,
        "page_number": page_number,
        "page_size": size,
        "has_next_page": has_next_page,
        "next_cursor": next_cursor,
    })))
}

pub(super) async fn get_transaction<S: EventStore, R: Summaries, H: History, E: Environment>(
    State(queries): Side<S, R, H, E>,
    TransactionPath(account_id, transaction_id): TransactionPath,
    Identity(caller): Identity,
    parameters: Parameters,
) -> Result<Json<Value>, Problem> {
    parameters.finish()?;
    Ok(Json(transaction(&queries.transaction(&caller, &account_id, &transaction_id).await?)))
}

fn filter(
    parameters: &mut Parameters,
    account_id: AccountId,
    now: Timestamp,
) -> Result<HistoryFilter, Problem> {
    let to = parameters.parsed::<Timestamp>("to", A_TIME)?.unwrap_or(now);
    let from = parameters.parsed::<Timestamp>("from", A_TIME)?;
    Ok(HistoryFilter {
        account_id,
        from: from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_SPAN_SECONDS)),
        to,
        types: types(parameters.text("type").as_deref())?,
        min_amount: parameters.parsed::<Decimal>("min_amount", AN_AMOUNT)?,
        max_amount: parameters.parsed::<Decimal>("max_amount", AN_AMOUNT)?,
        counterparty: parameters.text("counterparty"),
        reference: parameters.text("reference"),
        text: parameters.text("q"),
    })
}

fn types(list: Option<&str>) -> Result<Vec<TransactionType>, Problem> {
    let one = |name: &str| match name.trim().to_ascii_uppercase().as_str() {
        "CREDIT" => Ok(TransactionType::Credit),
        "DEBIT" => Ok(TransactionType::Debit),
        "TRANSFER_OUT" => Ok(TransactionType::TransferOut),
        "TRANSFER_IN" => Ok(TransactionType::TransferIn),
        _ => Err(Problem::parameter(
            "type",
            "has to be of CREDIT, DEBIT, TRANSFER_OUT and TRANSFER_IN, by commas",
        )),
    };
    list.iter().flat_map(|list| list.split(',')).map(one).collect()
}

fn page(parameters: &mut Parameters) -> Result<(Page, Order, u32), Problem> {
    let size = parameters.parsed::<u32>("page_size", "a number")?.unwrap_or(PAGE_SIZE_DEFAULT);
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        return Err(Problem::parameter("page_size", format!("has to be 1 to {PAGE_SIZE_MAX}")));
    }
    let order = match parameters.text("order").as_deref() {
        None | Some("desc") => Order::Descending,
        Some("asc") => Order::Ascending,
        Some(_) => return Err(Problem::parameter("order", "has to be desc or asc")),
    };
    let number = parameters.parsed::<u32>("page_number", "a number from 1 on")?;
    let page = match (parameters.text("cursor"), number) {
        (Some(_), Some(_)) => {
            return Err(Problem::parameter("cursor", "cannot be given together with page_number"));
        }
        (Some(cursor), None) => Page::After(cursor),
        (None, Some(0)) => return Err(Problem::parameter("page_number", "has to be a number from 1 on")),
        (None, number) => Page::Number(number.unwrap_or(1)),
    };
    Ok((page, order, size))
}

fn transaction(transaction: &Transaction) -> Value {
    json!({
        "transaction_id": transaction.transaction_id,
        "account_id": transaction.account_id,
        "type": type_name(transaction.transaction_type),
        "amount": transaction.amount.amount().to_string(),
        "fee": transaction.fee.amount().to_string(),
        "currency": transaction.amount.currency().code(),
        "balance_after": transaction.balance_after.amount().to_string(),
        "timestamp": transaction.timestamp,
        "description": transaction.description,
        "reference": transaction.reference,
        "counterparty": transaction.counterparty,
        "version": transaction.version,
    })
}

pub(super) fn type_name(transaction_type: TransactionType) -> &'static str {
    match transaction_type {
        TransactionType::Credit => "CREDIT",
        TransactionType::Debit => "DEBIT",
        TransactionType::TransferOut => "TRANSFER_OUT",
        TransactionType::TransferIn => "TRANSFER_IN",
    }
}
