//! Looks at the projections once a minute and says how they stand, in metrics that alarms can go by: a projector that
//! does not run at all says nothing of itself.

use application::{chain, ports::Environment as _};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::{SystemEnvironment, aws, config, metrics::StateMetrics, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{
    generations::DynamoDbControlTable,
    history::connect,
    parking::DynamoDbParking,
    rebuild::{Models, Monitor},
    summary::DynamoDbSummaryTable,
};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let store = DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?);
    let table = DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?);
    let index = config::url_or_none("OPENSEARCH_URL")?.map(|url| connect(&url, &aws)).transpose()?;
    let parking = DynamoDbParking::new(client.clone(), config::required("PARKED_TABLE")?, SystemEnvironment);
    let monitor = &Monitor {
        store: store.clone(),
        journal: DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?),
        table: DynamoDbControlTable::new(client, config::required("PROJECTIONS_TABLE")?),
        models: Models::new(store, table, index, parking.clone()),
        parking,
    };
    let handle = |_: LambdaEvent<Value>| async move {
        let mut outcome = Ok(());
        for (projection, state) in monitor.states().await? {
            match state {
                Ok(state) => StateMetrics(&state).log(SystemEnvironment.now()),
                // Of the others something is said all the same.
                Err(error) => {
                    tracing::error!(%projection, error = chain(&error), "nobody knows how the projection stands");
                    outcome = Err(Error::from(error));
                }
            }
        }
        outcome
    };
    lambda_kit::run(handle).await
}
