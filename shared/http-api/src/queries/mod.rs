//! The query side: `GET` in, a read model's answer out.

mod account;
mod analytics;
mod command;
mod feed;
mod past;
mod transactions;

use std::sync::Arc;

use application::{
    ports::{CommandStore, Environment, History, Summaries},
    queries::Queries,
};
use axum::{Json, Router, extract::State, middleware, routing::get};
use serde_json::{Value, json};

use crate::{Problem, response::finish};

pub use analytics::analytics_router;
pub use feed::feed_router;

type Side<S, R, H, E> = State<Arc<Queries<S, R, H, E>>>;

/// The routes of the query side.
pub fn query_router<S, R, H, E>(queries: Arc<Queries<S, R, H, E>>) -> Router
where
    S: CommandStore + 'static,
    R: Summaries + 'static,
    H: History + 'static,
    E: Environment + 'static,
{
    Router::new()
        .route("/v1/health", get(get_health))
        .route("/v1/commands", get(command::find_command))
        .route("/v1/commands/{command_id}", get(command::get_command))
        .route("/v1/accounts", get(account::list_accounts))
        .route("/v1/accounts/{account_id}", get(account::get_account))
        .route("/v1/accounts/{account_id}/balance", get(past::get_balance))
        .route("/v1/accounts/{account_id}/state", get(past::get_state))
        .route("/v1/accounts/{account_id}/events", get(past::list_events))
        .route("/v1/accounts/{account_id}/transactions", get(transactions::list_transactions))
        .route("/v1/accounts/{account_id}/transactions/{transaction_id}", get(transactions::get_transaction))
        .fallback(async || Problem::route_not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(queries)
        .layer(middleware::from_fn(finish))
}

async fn get_health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
