//! Works at rebuilds: tasks of a queue in, a new generation of a read model out.

mod handler;

use aws_lambda_events::sqs::SqsEvent;
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{
    generations::DynamoDbControlTable,
    history::{OpenSearchHistory, connect},
    parking::DynamoDbParking,
    rebuild::{HistoryModel, Models, SqsTasks, SummaryModel, Worker},
    summary::DynamoDbSummaryTable,
};

type Parking = DynamoDbParking<SystemEnvironment>;

/// The worker over the stores of a deployment.
pub(crate) type DeployedWorker = Worker<
    DynamoDbEventStore,
    DynamoDbJournal,
    DynamoDbControlTable,
    SummaryModel<DynamoDbEventStore, DynamoDbSummaryTable, Parking>,
    HistoryModel<Option<OpenSearchHistory>, Parking>,
    SqsTasks,
    SystemEnvironment,
>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let store = DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?);
    let parking = DynamoDbParking::new(client.clone(), config::required("PARKED_TABLE")?, SystemEnvironment);
    let table = DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?);
    let index = config::url_or_none("OPENSEARCH_URL")?.map(|url| connect(&url, &aws)).transpose()?;
    let worker = &DeployedWorker {
        store: store.clone(),
        journal: DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?),
        table: DynamoDbControlTable::new(client, config::required("PROJECTIONS_TABLE")?),
        models: Models::new(store, table, index, parking),
        tasks: SqsTasks::new(aws_sdk_sqs::Client::new(&aws), config::required_url("REBUILD_QUEUE_URL")?),
        environment: SystemEnvironment,
    };
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        handler::handle(worker, event.payload, event.context.deadline).await
    };
    lambda_kit::run(handle).await
}
