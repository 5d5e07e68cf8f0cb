//! The command side: `POST` in, 201 with where to look out.

use std::sync::Arc;

use application::{
    commands::{Commands, Order},
    ports::{CommandStore, Environment},
};
use axum::{Router, extract::State, middleware, response::Response, routing::post};
use domain::{
    Currency, Money, TransferId,
    account::{AccountType, Command, Open, Transfer},
    parse_currency,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Problem,
    answer::first_or_replayed,
    request::{AccountPath, Incoming},
    response::finish,
};

type Side<S, E> = State<Arc<Commands<S, E>>>;

/// The routes of the command side.
pub fn command_router<S, E>(commands: Arc<Commands<S, E>>) -> Router
where
    S: CommandStore + 'static,
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

async fn open_account<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    Incoming { request, mut body }: Incoming,
) -> Result<Response, Problem> {
    let account_id = body.optional_account_id("account_id");
    let account_type = body.string("account_type");
    let initial_deposit = body.amount("initial_deposit");
    let currency = body.optional_string("currency");
    let currency =
        currency.map_or(Some(Currency::USD), |code| body.parsed("currency", parse_currency(&code)));
    let read = account_type.zip(initial_deposit).zip(currency);
    let ((account_type, initial_deposit), currency) = body.finish(read)?;

    let initial_deposit =
        Money::new(initial_deposit, currency).map_err(|error| Problem::invalid_initial_deposit(&error))?;
    let account_id = account_id.map_or_else(|| named_by(request.command_id), Ok)?;
    let user_id = request.caller.user_id.clone();
    let order = match account_type.parse::<AccountType>() {
        Ok(account_type) => {
            let open = Open { user_id, account_type, initial_deposit, reference: None };
            Order::Open { account_id, open }
        }
        Err(rejection) => Order::Impossible(rejection),
    };
    let answer = commands.execute(&request, &order).await?;
    first_or_replayed(request.command_id, answer)
}

async fn deposit<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, mut body }: Incoming,
) -> Result<Response, Problem> {
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let amount = body.finish(amount)?;
    let command = Command::Deposit { amount, reference, counterparty: None };
    let answer = commands.execute(&request, &Order::Change { account_id, command }).await?;
    first_or_replayed(request.command_id, answer)
}

async fn withdraw<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, mut body }: Incoming,
) -> Result<Response, Problem> {
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let amount = body.finish(amount)?;
    let command = Command::Withdraw { amount, reference, counterparty: None };
    let answer = commands.execute(&request, &Order::Change { account_id, command }).await?;
    first_or_replayed(request.command_id, answer)
}

async fn transfer<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    Incoming { request, mut body }: Incoming,
) -> Result<Response, Problem> {
    let (from, to) = (body.account_id("from_account_id"), body.account_id("to_account_id"));
    let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
    let ((from_account_id, to_account_id), amount) = body.finish(from.zip(to).zip(amount))?;
    let transfer_id: TransferId = named_by(request.command_id)?;
    let order = Transfer { transfer_id, from_account_id, to_account_id, amount, reference };
    let answer = commands.execute(&request, &Order::Transfer(order)).await?;
    first_or_replayed(request.command_id, answer)
}

async fn freeze_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Freeze { reason }).await
}

async fn unfreeze_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Unfreeze { reason }).await
}

async fn close_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Close { reason }).await
}

async fn change_status<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, mut body }: Incoming,
    command: impl FnOnce(domain::Text) -> Command,
) -> Result<Response, Problem> {
    let reason = body.text("reason");
    let command = command(body.finish(reason)?);
    let answer = commands.execute(&request, &Order::Change { account_id, command }).await?;
    first_or_replayed(request.command_id, answer)
}

/// The id of what a command makes: the command's own, so that it is the same when the command comes again.
fn named_by<T: TryFrom<String>>(command_id: Uuid) -> Result<T, Problem> {
    T::try_from(command_id.to_string()).map_err(|_| Problem::internal_error())
}

impl Problem {
    fn invalid_initial_deposit(error: &domain::MoneyError) -> Self {
        let errors = json!([{ "pointer": "/initial_deposit", "detail": error.to_string() }]);
        Self::bad_request("invalid_amount", error.to_string()).with("errors", errors)
    }
}
