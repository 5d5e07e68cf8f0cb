//! Keeps the analytics: messages of journal blocks in, Parquet files of their events out.

mod handler;
#[cfg(test)]
mod tests;

use aws_lambda_events::sqs::SqsEvent;
use lambda_kit::{SystemEnvironment, aws, config, telemetry};
use lambda_runtime::{Error, LambdaEvent};
use read_models::analytics::{AnalyticsProjector, Layout, S3Objects};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init(env!("CARGO_PKG_NAME"));
    let client = aws_sdk_s3::Client::new(&aws::config().await);
    let objects = S3Objects::new(client, config::required("ANALYTICS_BUCKET")?);
    let layout = Layout::below(config::required("ANALYTICS_PREFIX")?);
    let projector = &AnalyticsProjector::new(objects, layout);
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(handler::handle(projector, &SystemEnvironment, event.payload).await)
    };
    lambda_kit::run(handle).await
}
