//! Keeps the account summaries: the events table's stream in, one row an account out.

mod handler;
#[cfg(test)]
mod tests;

use aws_lambda_events::dynamodb::Event;
use event_store::DynamoDbEventStore;
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{
    cache::{SharedCache, Timeouts},
    generations::{DynamoDbControlTable, LiveSummaryProjector},
    parking::DynamoDbParking,
    summary::DynamoDbSummaryTable,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
    let cache = config::optional_as("CACHE_URL", |url| {
        SharedCache::new(url, Timeouts::of_writer(), SystemEnvironment)
    })?;
    let projector = &LiveSummaryProjector {
        store: DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?),
        table: DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?),
        cache,
        parking: DynamoDbParking::new(client.clone(), config::required("PARKED_TABLE")?, SystemEnvironment),
        catalog: DynamoDbControlTable::new(client, config::required("PROJECTIONS_TABLE")?),
    };
    let handle = |event: LambdaEvent<Event>| async move {
        handler::handle(projector, &SystemEnvironment, event.payload).await
    };
    lambda_kit::run(handle).await
}
