//! What a command is answered with, the first time and every other time: a function of what came of it, and of nothing
//! else.

use application::{
    Refusal,
    commands::{AccountReceipt, Answer, Receipt, TransferReceipt},
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::account::Event;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Problem, response::etag};

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answer of a command, and whether it was given before.
pub(crate) fn first_or_replayed(command_id: Uuid, answer: Answer) -> Result<Response, Problem> {
    let mut response = match answer.outcome {
        Ok(receipt) => created(command_id, &receipt),
        Err(refusal) => refused(refusal, &answer.request_id).into_response(),
    };
    if answer.is_replay {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// A refusal names the request that it was said to first, so that its body is the same each time.
pub(crate) fn refused(refusal: Refusal, request_id: &str) -> Problem {
    Problem::from(refusal).with("request_id", request_id)
}

fn created(command_id: Uuid, receipt: &Receipt) -> Response {
    let location = (header::LOCATION, location(receipt));
    let body = Json(body(command_id, receipt));
    match receipt {
        Receipt::Account(account) => {
            (StatusCode::CREATED, [location, etag(account.version)], body).into_response()
        }
        Receipt::Transfer(_) => (StatusCode::CREATED, [location], body).into_response(),
    }
}

/// Where what the command made can be seen.
pub(crate) fn location(receipt: &Receipt) -> String {
    let transaction = |account: &AccountReceipt| {
        format!("/v1/accounts/{}/transactions/{}", account.account_id, account.transaction_id)
    };
    match receipt {
        Receipt::Transfer(transfer) => transaction(&transfer.from),
        Receipt::Account(account) => match account.event {
            Event::MoneyDeposited(_) | Event::MoneyWithdrawn(_) => transaction(account),
            _ => format!("/v1/accounts/{}", account.account_id),
        },
    }
}

/// The body of a receipt.
pub(crate) fn body(command_id: Uuid, receipt: &Receipt) -> Value {
    match receipt {
        Receipt::Transfer(transfer) => transferred(command_id, transfer),
        Receipt::Account(account) => match account.event {
            Event::AccountFrozen(_) | Event::AccountUnfrozen(_) | Event::AccountClosed(_) => json!({
                "command_id": command_id,
                "account_id": account.account_id,
                "version": account.version,
                "status": account.status,
            }),
            _ => moved(command_id, account),
        },
    }
}

fn moved(command_id: Uuid, account: &AccountReceipt) -> Value {
    let mut body = json!({
        "command_id": command_id,
        "account_id": account.account_id,
        "version": account.version,
        "transaction_id": account.transaction_id,
        "balance": account.balance.amount().to_string(),
        "currency": account.balance.currency().code(),
    });
    if matches!(account.event, Event::MoneyWithdrawn(_)) {
        body["fee"] = json!(account.fee.amount().to_string());
    }
    body
}

fn transferred(command_id: Uuid, TransferReceipt { transfer_id, from, to }: &TransferReceipt) -> Value {
    json!({
        "command_id": command_id,
        "transfer_id": transfer_id,
        "fee": from.fee.amount().to_string(),
        "currency": from.balance.currency().code(),
        "from": {
            "account_id": from.account_id,
            "version": from.version,
            "transaction_id": from.transaction_id,
            "balance": from.balance.amount().to_string(),
        },
        "to": { "account_id": to.account_id, "version": to.version, "transaction_id": to.transaction_id },
    })
}
