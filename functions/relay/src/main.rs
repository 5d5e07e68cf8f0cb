//! Passes commits on from the events table's stream, which has room for two readers only, to the queues of all the
//! other projections.

mod handler;
mod queue;
#[cfg(test)]
mod tests;

use aws_lambda_events::dynamodb::Event;
use lambda_kit::{aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let client = aws_sdk_sqs::Client::new(&aws::config().await);
    let queue = queue::SqsQueue::new(client, config::required("HISTORY_QUEUE_URL")?);
    let queue = &queue;
    let handle = |event: LambdaEvent<Event>| async move {
        handler::handle(queue, event.payload).await.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(handle)).await
}
