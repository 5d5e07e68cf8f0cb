//! The command side behind API Gateway: puts the parts together, once a cold start.

use std::sync::Arc;

use application::commands::Commands;
use event_store::DynamoDbEventStore;
use http_api::{RequestId, command_router};
use lambda_http::Error;
use lambda_kit::{SystemEnvironment, aws, config, http, telemetry};
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
    let store = DynamoDbEventStore::new(client, config::required("EVENTS_TABLE")?);
    let router = command_router(Arc::new(Commands::new(store, SystemEnvironment)));
    lambda_http::run(ServiceBuilder::new().map_request(http::identify(RequestId)).service(router)).await
}
