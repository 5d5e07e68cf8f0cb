//! The administration of the projections behind API Gateway: puts the parts together, once a cold start.

use std::{process::ExitCode, sync::Arc};

use application::{admin::Admin, journal::Sequencer};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use http_api::{Deadline, RequestId, admin_router, stand_in_router};
use lambda_http::Error;
use lambda_kit::{SystemEnvironment, aws, config, http, supervisor, telemetry};
use read_models::{
    history::{OpenSearchHistory, connect},
    parking::DynamoDbParking,
    redrive::Redrive,
    summary::DynamoDbSummaryTable,
};
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    telemetry::init();
    let stand_in =
        ServiceBuilder::new().map_request(http::identify(RequestId, Deadline)).service(stand_in_router());
    supervisor::run(stand_in, work).await
}

async fn work() -> Result<(), Error> {
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let store = DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?);
    let journal = DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?);
    let redrive = Redrive::new(
        store.clone(),
        DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?),
        OpenSearchHistory::new(connect(&config::required("OPENSEARCH_URL")?, &aws)?),
        DynamoDbParking::new(client, config::required("PARKED_TABLE")?, SystemEnvironment),
        Sequencer::new(store, journal, SystemEnvironment),
    );
    let router = admin_router(Arc::new(Admin::new(redrive)));
    lambda_http::run(ServiceBuilder::new().map_request(http::identify(RequestId, Deadline)).service(router))
        .await
}
