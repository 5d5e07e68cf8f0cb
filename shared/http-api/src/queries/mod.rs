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

use crate::routes::{Description, Routes, route};

pub use analytics::analytics_routes;
pub use feed::feed_routes;

type Side<S, R, H, E> = State<Arc<Queries<S, R, H, E>>>;

/// The routes of accounts, their transactions, their past and statements, and of what came of commands.
pub fn query_routes<S, R, H, E, D>(queries: Arc<Queries<S, R, H, E>>) -> Routes<D>
where
    S: CommandStore + 'static,
    R: Summaries + 'static,
    H: History + 'static,
    E: Environment + 'static,
    D: Description,
{
    Routes::new()
        .with(route!(account::list_accounts))
        .with(route!(account::get_account))
        .with(route!(transactions::list_transactions))
        .with(route!(transactions::get_transaction))
        .with(route!(past::get_balance))
        .with(route!(past::get_state))
        .with(route!(past::list_events))
        .with(route!(statements::get_statement))
        .with(route!(statements::export_transactions))
        .with(route!(command::find_command))
        .with(route!(command::get_command))
        .with_state(queries)
}
