//! The command side behind API Gateway: puts the parts together, once a cold start.

use std::{process::ExitCode, sync::Arc};

use application::commands::{Commands, RETENTION_DEFAULT};
use event_store::DynamoDbCommandStore;
use http_api::command_routes;
use lambda_http::Error;
use lambda_kit::{SystemEnvironment, aws, config};

/// What clients may rely on.
const RETENTION_DAYS_MIN: u32 = 7;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    gateway::run(env!("CARGO_PKG_NAME"), work).await
}

async fn work() -> Result<(), Error> {
    let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
    let store = DynamoDbCommandStore::new(
        client,
        config::required("EVENTS_TABLE")?,
        config::required("COMMANDS_TABLE")?,
    );
    let meter = store.capacity().clone();
    let retention =
        config::optional_days("COMMAND_RETENTION_DAYS", RETENTION_DAYS_MIN)?.unwrap_or(RETENTION_DEFAULT);
    let commands = Commands::new(store, SystemEnvironment).retaining(retention);
    gateway::serve(&meter, || command_routes(Arc::new(commands))).await
}
