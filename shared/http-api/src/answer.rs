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
use domain::{
    AccountId, TransferId,
    account::{Event, Status},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem,
    response::etag,
    schema::{self, Amount},
};

pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

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
    Problem::from(refusal).first_said_to(request_id)
}

/// What a refusal is answered with at this path, in the body: what the request named so was told first.
#[must_use]
pub fn refusal_body(refusal: Refusal, path: &str, request_id: &str) -> impl Serialize + use<> {
    refused(refusal, request_id).body(path, request_id)
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
pub(crate) fn body(command_id: Uuid, receipt: &Receipt) -> CommandBody {
    match receipt {
        Receipt::Transfer(transfer) => CommandBody::Transferred(TransferredBody::of(command_id, transfer)),
        Receipt::Account(account) => match account.event {
            Event::AccountFrozen(_) | Event::AccountUnfrozen(_) | Event::AccountClosed(_) => {
                CommandBody::StatusChanged(StatusChangedBody::of(command_id, account))
            }
            Event::MoneyWithdrawn(_) => CommandBody::Withdrawn(WithdrawnBody {
                moved: MovedBody::of(command_id, account),
                fee: account.fee.into(),
            }),
            _ => CommandBody::Moved(MovedBody::of(command_id, account)),
        },
    }
}

/// What a command is answered with.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = CommandReceipt)]
pub(crate) enum CommandBody {
    Transferred(TransferredBody),
    StatusChanged(StatusChangedBody),
    Withdrawn(WithdrawnBody),
    Moved(MovedBody),
}

/// An account was opened, or money came in.
#[derive(Serialize, ToSchema)]
#[schema(as = MoneyMoved)]
pub(crate) struct MovedBody {
    /// Names the command, for `GET /v1/commands/{command_id}`.
    command_id: Uuid,
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The account's version now.
    version: u64,
    #[schema(value_type = schema::TransactionId)]
    transaction_id: String,
    /// What the account holds now.
    balance: Amount,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
}

/// Money was withdrawn.
#[derive(Serialize, ToSchema)]
#[schema(as = MoneyWithdrawn)]
pub(crate) struct WithdrawnBody {
    #[serde(flatten)]
    moved: MovedBody,
    /// What the bank took on top.
    fee: Amount,
}

/// The account's status was changed.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusChanged)]
pub(crate) struct StatusChangedBody {
    /// Names the command, for `GET /v1/commands/{command_id}`.
    command_id: Uuid,
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The account's version now.
    version: u64,
    #[schema(value_type = schema::AccountStatus)]
    status: Status,
}

/// Money was moved between two accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = MoneyTransferred)]
pub(crate) struct TransferredBody {
    /// Names the command, for `GET /v1/commands/{command_id}`.
    command_id: Uuid,
    #[schema(value_type = schema::TransferId)]
    transfer_id: TransferId,
    /// What the bank took from the sender on top.
    fee: Amount,
    #[schema(value_type = schema::Currency)]
    currency: &'static str,
    from: SenderBody,
    to: ReceiverBody,
}

/// The sending account.
#[derive(Serialize, ToSchema)]
#[schema(as = TransferSender)]
struct SenderBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The account's version now.
    version: u64,
    #[schema(value_type = schema::TransactionId)]
    transaction_id: String,
    /// What the account holds now.
    balance: Amount,
}

/// The receiving account, whose balance is not the sender's to know.
#[derive(Serialize, ToSchema)]
#[schema(as = TransferReceiver)]
struct ReceiverBody {
    #[schema(value_type = schema::AccountId)]
    account_id: AccountId,
    /// The account's version now.
    version: u64,
    #[schema(value_type = schema::TransactionId)]
    transaction_id: String,
}

impl MovedBody {
    fn of(command_id: Uuid, account: &AccountReceipt) -> Self {
        Self {
            command_id,
            account_id: account.account_id.clone(),
            version: account.version,
            transaction_id: account.transaction_id.clone(),
            balance: account.balance.into(),
            currency: account.balance.currency().code(),
        }
    }
}

impl StatusChangedBody {
    fn of(command_id: Uuid, account: &AccountReceipt) -> Self {
        let AccountReceipt { account_id, version, status, .. } = account;
        Self { command_id, account_id: account_id.clone(), version: *version, status: *status }
    }
}

impl TransferredBody {
    fn of(command_id: Uuid, TransferReceipt { transfer_id, from, to }: &TransferReceipt) -> Self {
        Self {
            command_id,
            transfer_id: transfer_id.clone(),
            fee: from.fee.into(),
            currency: from.balance.currency().code(),
            from: SenderBody {
                account_id: from.account_id.clone(),
                version: from.version,
                transaction_id: from.transaction_id.clone(),
                balance: from.balance.into(),
            },
            to: ReceiverBody {
                account_id: to.account_id.clone(),
                version: to.version,
                transaction_id: to.transaction_id.clone(),
            },
        }
    }
}
