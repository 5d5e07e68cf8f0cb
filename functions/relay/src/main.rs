//! Gives each commit of the events table's stream its position in the journal, and hands it on to the queues of the
//! projections: the stream itself has room for two readers only.

mod handler;
mod queues;
#[cfg(test)]
mod tests;

use aws_lambda_events::dynamodb::Event;
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{parking::DynamoDbParking, relay::Relay};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    // Without a search index there is no queue of the history.
    let history = config::url_or_none("HISTORY_QUEUE_URL")?;
    let urls = history.into_iter().chain([config::required_url("ANALYTICS_QUEUE_URL")?]).collect();
    let queues = queues::SqsQueues::new(aws_sdk_sqs::Client::new(&aws), urls);
    let relay = Relay::new(
        DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?),
        DynamoDbJournal::new(client.clone(), config::required("JOURNAL_TABLE")?),
        SystemEnvironment,
        queues,
        DynamoDbParking::new(client, config::required("PARKED_TABLE")?, SystemEnvironment),
    );
    let relay = &relay;
    let handle = |event: LambdaEvent<Event>| async move {
        handler::handle(relay, &SystemEnvironment, event.payload).await
    };
    lambda_kit::run(handle).await
}
