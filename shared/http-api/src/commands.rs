//! The command side: `POST` in, 201 with where to look out.

use std::sync::Arc;

use application::{
    commands::{Commands, Order},
    ports::{CommandStore, Environment},
};
use axum::{extract::State, response::Response};
use domain::{
    AccountId, Currency, Decimal, Money, Text, TransferId,
    account::{AccountType, Command, Open, Transfer},
    parse_currency,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Problem,
    answer::{MovedBody, StatusChangedBody, TransferredBody, WithdrawnBody, first_or_replayed},
    problem::Code,
    request::{AccountPath, Body, FromBody, Incoming},
    routes::{Description, Routes, route},
    schema,
};

type Side<S, E> = State<Arc<Commands<S, E>>>;

/// The routes of the command side.
pub fn command_routes<S, E, D>(commands: Arc<Commands<S, E>>) -> Routes<D>
where
    S: CommandStore + 'static,
    E: Environment + 'static,
    D: Description,
{
    Routes::new()
        .with(route!(open_account))
        .with(route!(deposit))
        .with(route!(withdraw))
        .with(route!(transfer))
        .with(route!(freeze_account))
        .with(route!(unfreeze_account))
        .with(route!(close_account))
        .with_state(commands)
}

/// An account to be opened.
#[derive(ToSchema)]
#[schema(as = OpenAccount)]
struct OpenAccountRequest {
    /// Its id for ever; made if absent.
    #[schema(value_type = Option<schema::AccountId>)]
    account_id: Option<AccountId>,
    /// CHECKING, SAVINGS, BUSINESS or INVESTMENT, in any case.
    #[schema(example = "CHECKING")]
    account_type: String,
    /// At least 100 in the account's currency.
    #[schema(value_type = schema::AmountGiven)]
    initial_deposit: Decimal,
    /// USD if absent.
    #[schema(value_type = Option<schema::CurrencyGiven>)]
    currency: Option<Currency>,
}

impl FromBody for OpenAccountRequest {
    fn read(body: &mut Body) -> Option<Self> {
        let account_id = body.optional_account_id("account_id");
        let account_type = body.string("account_type");
        let initial_deposit = body.amount("initial_deposit");
        let currency = body.optional_string("currency");
        let currency = currency.and_then(|code| body.parsed("currency", parse_currency(&code)));
        let (account_type, initial_deposit) = account_type.zip(initial_deposit)?;
        Some(Self { account_id, account_type, initial_deposit, currency })
    }
}

/// Open an account
///
/// It is the caller's, and begins with the initial deposit as its first transaction.
#[utoipa::path(
    post, path = "/v1/accounts", tag = "commands",
    request_body = OpenAccountRequest,
    responses((status = 201, description = "The account is open.", body = MovedBody)),
    extensions(("x-problems" = json!([
        Code::InvalidAmount, Code::AccountAlreadyExists, Code::MinimumDepositNotMet, Code::AccountLimitReached,
        Code::InvalidAccountType
    ]))),
)]
async fn open_account<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    Incoming { request, body }: Incoming<OpenAccountRequest>,
) -> Result<Response, Problem> {
    let OpenAccountRequest { account_id, account_type, initial_deposit, currency } = body;
    let initial_deposit = Money::new(initial_deposit, currency.unwrap_or(Currency::USD))
        .map_err(|error| Problem::new(Code::InvalidAmount, error.to_string()).at("/initial_deposit"))?;
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

/// Money to be deposited or withdrawn.
#[derive(ToSchema)]
#[schema(as = MoveMoney)]
struct MoneyRequest {
    #[schema(value_type = schema::AmountGiven)]
    amount: Decimal,
    /// The customer's words.
    #[schema(value_type = Option<schema::Text>)]
    reference: Option<Text>,
}

impl FromBody for MoneyRequest {
    fn read(body: &mut Body) -> Option<Self> {
        let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
        Some(Self { amount: amount?, reference })
    }
}

/// Deposit money
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/deposits", tag = "commands",
    params(AccountPath), request_body = MoneyRequest,
    responses((status = 201, description = "The money is in the account.", body = MovedBody)),
    extensions(("x-problems" = json!([
        Code::InvalidAmount, Code::AccountInactive, Code::BalanceLimitExceeded
    ]))),
)]
async fn deposit<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, body: MoneyRequest { amount, reference } }: Incoming<MoneyRequest>,
) -> Result<Response, Problem> {
    let command = Command::Deposit { amount, reference, counterparty: None };
    let answer = commands.execute(&request, &Order::Change { account_id, command }).await?;
    first_or_replayed(request.command_id, answer)
}

/// Withdraw money
///
/// From a SAVINGS account, more than 1000 costs a fee of 5.00, which is taken on top.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/withdrawals", tag = "commands",
    params(AccountPath), request_body = MoneyRequest,
    responses((status = 201, description = "The money has left the account.", body = WithdrawnBody)),
    extensions(("x-problems" = json!([
        Code::InvalidAmount, Code::AccountInactive, Code::InsufficientFunds
    ]))),
)]
async fn withdraw<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, body: MoneyRequest { amount, reference } }: Incoming<MoneyRequest>,
) -> Result<Response, Problem> {
    let command = Command::Withdraw { amount, reference, counterparty: None };
    let answer = commands.execute(&request, &Order::Change { account_id, command }).await?;
    first_or_replayed(request.command_id, answer)
}

/// Money to be moved between two accounts.
#[derive(ToSchema)]
#[schema(as = MakeTransfer)]
struct TransferRequest {
    #[schema(value_type = schema::AccountId)]
    from_account_id: AccountId,
    /// Anybody's account, of the same currency.
    #[schema(value_type = schema::AccountId)]
    to_account_id: AccountId,
    #[schema(value_type = schema::AmountGiven)]
    amount: Decimal,
    /// The customer's words, for both sides.
    #[schema(value_type = Option<schema::Text>)]
    reference: Option<Text>,
}

impl FromBody for TransferRequest {
    fn read(body: &mut Body) -> Option<Self> {
        let (from, to) = (body.account_id("from_account_id"), body.account_id("to_account_id"));
        let (amount, reference) = (body.amount("amount"), body.optional_text("reference"));
        let ((from_account_id, to_account_id), amount) = from.zip(to).zip(amount)?;
        Some(Self { from_account_id, to_account_id, amount, reference })
    }
}

/// Transfer money
///
/// From an account of the caller's to anybody's, in one transaction. The sender pays a fee of 2.00, and of 10.00 above
/// 10000. An unknown receiver is a 404 with the pointer `/to_account_id`.
#[utoipa::path(
    post, path = "/v1/transfers", tag = "commands",
    request_body = TransferRequest,
    responses((status = 201, description = "The money has moved.", body = TransferredBody)),
    extensions(("x-access" = json!("owner")), ("x-problems" = json!([
        Code::InvalidAmount, Code::AccountNotFound, Code::AccountInactive, Code::InsufficientFunds,
        Code::BalanceLimitExceeded, Code::SameAccountTransfer, Code::CurrencyMismatch
    ]))),
)]
async fn transfer<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    Incoming { request, body }: Incoming<TransferRequest>,
) -> Result<Response, Problem> {
    let TransferRequest { from_account_id, to_account_id, amount, reference } = body;
    let transfer_id: TransferId = named_by(request.command_id)?;
    let order = Transfer { transfer_id, from_account_id, to_account_id, amount, reference };
    let answer = commands.execute(&request, &Order::Transfer(order)).await?;
    first_or_replayed(request.command_id, answer)
}

/// Why an account's status is to change.
#[derive(ToSchema)]
#[schema(as = ChangeStatus)]
struct ReasonRequest {
    #[schema(value_type = schema::Text)]
    reason: Text,
}

impl FromBody for ReasonRequest {
    fn read(body: &mut Body) -> Option<Self> {
        body.text("reason").map(|reason| Self { reason })
    }
}

/// Freeze an account
///
/// No money moves in or out until an admin unfreezes it.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/freeze", tag = "commands",
    params(AccountPath), request_body = ReasonRequest,
    responses((status = 201, description = "The account is frozen.", body = StatusChangedBody)),
    extensions(("x-access" = json!("admin")), ("x-problems" = json!([Code::AccountInactive]))),
)]
async fn freeze_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming<ReasonRequest>,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Freeze { reason }).await
}

/// Unfreeze an account
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/unfreeze", tag = "commands",
    params(AccountPath), request_body = ReasonRequest,
    responses((status = 201, description = "The account is active again.", body = StatusChangedBody)),
    extensions(("x-access" = json!("admin")), ("x-problems" = json!([Code::AccountNotFrozen]))),
)]
async fn unfreeze_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming<ReasonRequest>,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Unfreeze { reason }).await
}

/// Close an account
///
/// For ever, once nothing is in it. Its owner may open another one then.
#[utoipa::path(
    post, path = "/v1/accounts/{account_id}/close", tag = "commands",
    params(AccountPath), request_body = ReasonRequest,
    responses((status = 201, description = "The account is closed.", body = StatusChangedBody)),
    extensions(("x-problems" = json!([Code::AccountInactive, Code::BalanceNotZero]))),
)]
async fn close_account<S: CommandStore, E: Environment>(
    commands: Side<S, E>,
    path: AccountPath,
    incoming: Incoming<ReasonRequest>,
) -> Result<Response, Problem> {
    change_status(commands, path, incoming, |reason| Command::Close { reason }).await
}

async fn change_status<S: CommandStore, E: Environment>(
    State(commands): Side<S, E>,
    AccountPath(account_id): AccountPath,
    Incoming { request, body: ReasonRequest { reason } }: Incoming<ReasonRequest>,
    command: impl FnOnce(Text) -> Command,
) -> Result<Response, Problem> {
    let order = Order::Change { account_id, command: command(reason) };
    let answer = commands.execute(&request, &order).await?;
    first_or_replayed(request.command_id, answer)
}

/// The id of what a command makes: the command's own, so that it is the same when the command comes again.
fn named_by<T: TryFrom<String>>(command_id: Uuid) -> Result<T, Problem> {
    T::try_from(command_id.to_string()).map_err(|_| Problem::internal_error())
}
