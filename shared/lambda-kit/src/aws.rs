//! The AWS SDK's configuration, the same for every client.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

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
    let config = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .http_client(http_client())
        .load()
        .await;
    cold_start::mark("config");
    config
}

/// The SDK's own HTTP client, made once for all clients. Left to itself, the SDK makes one for its configuration and one
/// for each client, only to read the system's roots early, and others at the first requests; each parses the roots anew.
fn http_client() -> SharedHttpClient {
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
        .proxy_config(ProxyConfig::from_env())
        .build();
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}
