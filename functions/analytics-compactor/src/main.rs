//! Compacts the analytics, by a schedule. What a run does not get to, the next one does.

use application::ports::Environment as _;
use domain::Timestamp;
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::{
    analytics::{AnalyticsError, Compacted, Compactor, Layout, Limits, S3Objects},
    chain,
};
use serde_json::{Value, json};

/// How long before the function's end no compaction is begun any more: longer than one takes.
const RESERVED_SECONDS: i64 = 5 * 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let aws = aws::config().await;
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let compactor = &Compactor::new(
        DynamoDbEventStore::new(client.clone(), config::required("EVENTS_TABLE")?),
        DynamoDbJournal::new(client, config::required("JOURNAL_TABLE")?),
        S3Objects::new(aws_sdk_s3::Client::new(&aws), config::required("ANALYTICS_BUCKET")?),
        SystemEnvironment,
        Layout::below(config::required("ANALYTICS_PREFIX")?),
        Limits::default(),
    );
    let handle = |event: LambdaEvent<Value>| async move {
        let ends_at = i64::try_from(event.context.deadline).ok().and_then(|ms| ms.checked_mul(1_000));
        let ends_at = ends_at.and_then(|micros| Timestamp::from_micros(micros).ok());
        let ends_at = ends_at.unwrap_or_else(|| SystemEnvironment.now());
        answer(compactor.run(ends_at.plus_seconds(-RESERVED_SECONDS)).await)
    };
    lambda_kit::run(handle).await
}

fn answer(outcome: Result<Compacted, AnalyticsError>) -> Result<Value, Error> {
    let compacted = outcome.inspect_err(|error| {
        tracing::error!(error = chain(error), "the next run goes on");
    })?;
    let Compacted { compactions, positions, files, removed } = compacted;
    tracing::info!(compactions, positions, files, removed, "compacted");
    Ok(json!({ "compactions": compactions, "positions": positions, "files": files, "removed": removed }))
}
