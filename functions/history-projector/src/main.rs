//! Keeps the transaction history: messages of commits in, documents of the search index out.

mod handler;
#[cfg(test)]
mod tests;

use aws_lambda_events::sqs::SqsEvent;
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{
    generations::{DynamoDbControlTable, LiveHistoryProjector},
    history::connect,
    parking::DynamoDbParking,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let aws = aws::config().await;
    let index = connect(&config::required_url("OPENSEARCH_URL")?, &aws)?;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let projector = &LiveHistoryProjector {
        index,
        parking: DynamoDbParking::new(client.clone(), config::required("PARKED_TABLE")?, SystemEnvironment),
        catalog: DynamoDbControlTable::new(client, config::required("PROJECTIONS_TABLE")?),
    };
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        handler::handle(projector, &SystemEnvironment, event.payload).await
    };
    lambda_kit::run(handle).await
}
