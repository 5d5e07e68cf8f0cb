//! The client that measures what is done with tables.

use aws_sdk_dynamodb::{
    Client,
    config::{Region, retry::RetryConfig},
};

use crate::meter::Meter;

/// A client of `DynamoDB` Local, and the meter in it.
pub async fn client(url: &str) -> (Client, Meter) {
    let meter = Meter::default();
    let shared = aws_config::from_env()
        .endpoint_url(url)
        .region(Region::new("us-east-1"))
        .test_credentials()
        .sleep_impl(aws_sdk_dynamodb::config::SharedAsyncSleep::new(TokioSleep))
        .load()
        .await;
    // Nobody tries again unseen.
    let config = aws_sdk_dynamodb::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .interceptor(meter.clone())
        .build();
    (Client::from_conf(config), meter)
}

/// The wait that event-store-adapter-rs asks its client for.
#[derive(Debug)]
struct TokioSleep;

impl aws_sdk_dynamodb::config::AsyncSleep for TokioSleep {
    fn sleep(&self, duration: std::time::Duration) -> aws_sdk_dynamodb::config::Sleep {
        aws_sdk_dynamodb::config::Sleep::new(tokio::time::sleep(duration))
    }
}
