//! The query side: `GET` in, a read model's answer out.

mod account;
mod analytics;
mod command;
mod feed;
mod past;
mod statements;
mod table;
mod transactions;

use std::sync::Arc;

use application::{
    ports::{CommandStore, Environment, History, Summaries},
    queries::Queries,
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use analytics::analytics_routes;
pub use feed::feed_routes;

type Side<S, R, H, E> = State<Arc<Queries<S, R, H, E>>>;

/// The routes of accounts, their transactions, their past and statements, and of what came of commands.
pub fn query_routes<S, R, H, E>(queries: Arc<Queries<S, R, H, E>>) -> OpenApiRouter
where
    S: CommandStore + 'static,
    R: Summaries + 'static,
    H: History + 'static,
    E: Environment + 'static,
{
    OpenApiRouter::new()
        .routes(routes!(account::list_accounts))
        .routes(routes!(account::get_account))
        .routes(routes!(transactions::list_transactions))
        .routes(routes!(transactions::get_transaction))
        .routes(routes!(past::get_balance))
        .routes(routes!(past::get_state))
        .routes(routes!(past::list_events))
        .routes(routes!(statements::get_statement))
        .routes(routes!(statements::export_transactions))
        .routes(routes!(command::find_command))
        .routes(routes!(command::get_command))
        .with_state(queries)
}
