//! The administration of the projections behind API Gateway: puts the parts together, once a cold start.

use std::{process::ExitCode, sync::Arc};

use application::{admin::Admin, journal::Sequencer, projections::ProjectionAdmin};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use http_api::{admin_routes, projections_routes};
use lambda_http::Error;
use lambda_kit::{SystemEnvironment, aws, config};
use read_models::{
    generations::{DynamoDbControlTable, LiveRedrive},
    history::connect,
    parking::DynamoDbParking,
    rebuild::{Administration, Models, SqsTasks, Worker},
    redrive::Redrive,
    summary::DynamoDbSummaryTable,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Error> {
    gateway::run(env!("CARGO_PKG_NAME"), work).await
}

async fn work() -> Result<(), Error> {
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let store = DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?);
    let meter = store.capacity().clone();
    let journal = DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?);
    let table = DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?);
    let index = config::url_or_none("OPENSEARCH_URL")?.map(|url| connect(&url, &aws)).transpose()?;
    let control = DynamoDbControlTable::new(client.clone(), config::required("PROJECTIONS_TABLE")?);
    let parking = DynamoDbParking::new(client, config::required("PARKED_TABLE")?, SystemEnvironment);
    let sequencer = Arc::new(Sequencer::new(store.clone(), journal.clone(), SystemEnvironment));
    let redrive = Redrive::new(store.clone(), table.clone(), index.clone(), parking.clone(), sequencer);
    let parked = Admin::new(LiveRedrive::new(redrive, control.clone()));
    let worker = Worker {
        store: store.clone(),
        journal,
        table: control,
        models: Models::new(store, table, index, parking.clone()),
        tasks: SqsTasks::new(aws_sdk_sqs::Client::new(&aws), config::required_url("REBUILD_QUEUE_URL")?),
        environment: SystemEnvironment,
    };
    let monitor = worker.monitor(parking);
    let projections = ProjectionAdmin::new(Administration::new(worker, monitor));
    gateway::serve(&meter, || projections_routes(Arc::new(projections)).merge(admin_routes(Arc::new(parked))))
        .await
}
