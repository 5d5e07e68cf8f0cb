//! The command side: `POST` in, 201 with where to look out.

use std::sync::Arc;

use application::{
    commands::{Commands, OpenAccount, Receipt, TransferReceipt},
    ports::{Environment, EventStore},
};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{
    Currency, Money, TransferId,
    account::{AccountType, Command, Open, Transfer},
    parse_currency,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Problem,
    request::{AccountPath, Body, Envelope},
    response::{etag, finish},
};

type Side<S, E> = State<Arc<Commands<S, E>>>;

/// The routes of the command side.
pub fn command_router<S, E>(commands: Arc<Commands<S, E>>) -> Router
where
    S: EventStore + 'static,
    E: Environment + 'static,
{
    Router::new()
        .route("/v1/accounts", post(open_account))
        .route("/v1/accounts/{account_id}/deposits", post(deposit))
        .route("/v1/accounts/{account_id}/withdrawals", post(withdraw))
        .route("/v1/accounts/{account_id}/freeze", post(freeze_account))
        .route("/v1/accounts/{account_id}/unfreeze", post(unfreeze_account))
        .route("/v1/accounts/{account_id}/close", post(close_account))
        .route("/v1/transfers", post(transfer))
        .fallback(async || Problem::route_not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(commands)
        .layer(middleware::from_fn(finish))
}

async fn open_account<S: EventStore, E: Environment>(
    State(commands): Side<S, E>,
    Envelope(request): Envelope,
    mut body: Body,
) -> Result<Response, Problem> {
    let account_id = body.optional_account_id("account_id");
    let account_type = body.string("account_type");
    let initial_deposit = body.amount("initial_deposit");
    let currency = body.optional_string("currency");
    let currency =
        currency.map_or(Some(Currency::USD), |code| body.parsed("currency", parse_currency(&code)));
    let read = account_type.zip(initial_deposit).zip(currency);
    let ((account_type, initial_deposit), currency) = body.finish(read)?;

    let account_type: AccountType = account_type.parse()?;
    let initial_deposit =
        Money::new(initial_deposit, currency).map_err(|error| Problem::invalid_initial_deposit(&error))?;
    let account_id = account_id.map_or_else(|| named_by(request.command_id), Ok)?;
    let order = OpenAccount {
        account_id,
        open: Open {
            user_id: request.caller.user_id.clone(),
            account_type,
            initial_deposit,
            reference: None,
        },
    };
    let receipt = commands.open(&request, &order).await?;
    let location = format!("/v1/accounts/{}", receipt.account_id);
    Ok(created(location, &receipt, moved(request.command_id, &receipt)))
}

async fn deposit<S: EventStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Envelope(request): Envelope,
    mut body: Body,
) -> Result<Response, Problem> {
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let amount = body.finish(amount)?;
    let command = Command::Deposit { amount, reference, counterparty: None };
    let receipt = commands.change(&request, &account_id, command).await?;
    Ok(created(transaction_location(&receipt), &receipt, moved(request.command_id, &receipt)))
}

async fn withdraw<S: EventStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Envelope(request): Envelope,
    mut body: Body,
) -> Result<Response, Problem> {
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let amount = body.finish(amount)?;
    let command = Command::Withdraw { amount, reference, counterparty: None };
    let receipt = commands.change(&request, &account_id, command).await?;
    let mut answer = moved(request.command_id, &receipt);
    answer["fee"] = json!(receipt.fee.amount().to_string());
    Ok(created(transaction_location(&receipt), &receipt, answer))
}

async fn transfer<S: EventStore, E: Environment>(
    State(commands): Side<S, E>,
    Envelope(request): Envelope,
    mut body: Body,
) -> Result<Response, Problem> {
    let (from, to) = (body.account_id("from_account_id"), body.account_id("to_account_id"));
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let ((from_account_id, to_account_id), amount) = body.finish(from.zip(to).zip(amount))?;
    let transfer_id: TransferId = named_by(request.command_id)?;
    let order = Transfer { transfer_id, from_account_id, to_account_id, amount, reference };
    let TransferReceipt { transfer_id, from, to } = commands.transfer(&request, &order).await?;
    let answer = json!({
        "command_id": request.command_id,
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
    });
    Ok((StatusCode::CREATED, [(header::LOCATION, transaction_location(&from))], Json(answer)).into_response())
}

async fn freeze_account<S: EventStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    envelope: Envelope,
    body: Body,
) -> Result<Response, Problem> {
    change_status(commands, path, envelope, body, |reason| Command::Freeze { reason }).await
}

async fn unfreeze_account<S: EventStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    envelope: Envelope,
    body: Body,
) -> Result<Response, Problem> {
    change_status(commands, path, envelope, body, |reason| Command::Unfreeze { reason }).await
}

async fn close_account<S: EventStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    envelope: Envelope,
    body: Body,
) -> Result<Response, Problem> {
    change_status(commands, path, envelope, body, |reason| Command::Close { reason }).await
}

async fn change_status<S: EventStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Envelope(request): Envelope,
    mut body: Body,
    command: impl FnOnce(domain::Text) -> Command,
) -> Result<Response, Problem> {
    let reason = body.text("reason");
    let reason = body.finish(reason)?;
    let receipt = commands.change(&request, &account_id, command(reason)).await?;
    let answer = json!({
        "command_id": request.command_id,
        "account_id": receipt.account_id,
        "version": receipt.version,
        "status": receipt.status,
    });
    Ok(created(format!("/v1/accounts/{account_id}"), &receipt, answer))
}

/// The id of what a command makes: the command's own, so that it is the same when the command comes again.
fn named_by<T: TryFrom<String>>(command_id: Uuid) -> Result<T, Problem> {
    T::try_from(command_id.to_string()).map_err(|_| Problem::internal_error())
}

/// What is answered when money has moved on one account.
fn moved(command_id: Uuid, receipt: &Receipt) -> Value {
    json!({
        "command_id": command_id,
        "account_id": receipt.account_id,
        "version": receipt.version,
        "transaction_id": receipt.transaction_id,
        "balance": receipt.balance.amount().to_string(),
        "currency": receipt.balance.currency().code(),
    })
}

fn transaction_location(receipt: &Receipt) -> String {
    format!("/v1/accounts/{}/transactions/{}", receipt.account_id, receipt.transaction_id)
}

fn created(location: String, receipt: &Receipt, answer: Value) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, location), etag(receipt.version)], Json(answer)).into_response()
}

impl Problem {
    fn invalid_initial_deposit(error: &domain::MoneyError) -> Self {
        let errors = json!([{ "pointer": "/initial_deposit", "detail": error.to_string() }]);
        Self::bad_request("invalid_amount", error.to_string()).with("errors", errors)
    }
}
