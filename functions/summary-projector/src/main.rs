//! Keeps the account summaries: the events table's stream in, one row an account out.

mod handler;
#[cfg(test)]
mod tests;

use aws_lambda_events::dynamodb::Event;
use event_store::DynamoDbEventStore;
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use read_models::{
    cache::{SharedCache, Timeouts, WriteThrough},
    parking::DynamoDbParking,
    summary::{DynamoDbSummaryTable, SummaryProjector},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_sdk_dynamodb::Client::new(&aws::config().await);
    let cache = config::optional("CACHE_URL")
        .map(|url| SharedCache::new(&url, Timeouts::default(), SystemEnvironment))
        .transpose()?;
    let table = DynamoDbSummaryTable::new(client.clone(), config::required("SUMMARY_TABLE")?);
    let projector = SummaryProjector::new(
        DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?),
        WriteThrough::new(table, cache),
        DynamoDbParking::new(client, config::required("PARKED_TABLE")?, SystemEnvironment),
    );
    let projector = &projector;
    let handle = |event: LambdaEvent<Event>| async move {
        handler::handle(projector, &SystemEnvironment, event.payload).await.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(handle)).await
}
