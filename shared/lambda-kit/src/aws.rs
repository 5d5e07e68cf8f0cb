//! The AWS SDK's configuration, the same for every client.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};

use crate::metrics::cold_start;

/// A connection inside a region takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// One try; slower ones are likely lost, and the next one is quick.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// All tries together. A command begins none after 6 of its function's 10 seconds, and so has time to answer.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);

/// Region, credentials and endpoint as the environment says (`AWS_REGION`, `AWS_ENDPOINT_URL`, the function's role).
pub async fn config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await;
    cold_start::mark("config");
    config
}
