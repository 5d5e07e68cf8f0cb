//! How the index is reached: signed on AWS, plainly on a developer's computer.

use std::time::Duration;

use aws_config::SdkConfig;
use opensearch::{
    OpenSearch,
    auth::Credentials,
    http::{
        Url,
        transport::{SingleNodeConnectionPool, TransportBuilder},
    },
};

use super::IndexError;

/// The longest any request may take, the connection included. A function's own time-out has to be longer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the service in a signature (AWS Signature Version 4).
const SERVICE: &str = "es";

/// A client of the index at this URL; requests to a domain of AWS are signed with these credentials.
///
/// # Errors
/// [`IndexError::Unavailable`] if the URL is none, or a domain of AWS has to be reached without region or credentials.
pub fn connect(url: &str, aws: &SdkConfig) -> Result<OpenSearch, IndexError> {
    let url = Url::parse(url).map_err(|error| IndexError::Unavailable(error.into()))?;
    let is_aws = is_aws(&url);
    // Like the clients of the AWS SDK, this one takes no proxy from the environment.
    let mut builder =
        TransportBuilder::new(SingleNodeConnectionPool::new(url)).timeout(REQUEST_TIMEOUT).disable_proxy();
    if is_aws {
        builder = builder.auth(Credentials::try_from(aws)?).service_name(SERVICE);
    }
    let transport = builder.build().map_err(|error| IndexError::Unavailable(error.into()))?;
    Ok(OpenSearch::new(transport))
}

fn is_aws(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https" && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_domain_of_aws_is_signed_for() {
        let is_aws = |url: &str| is_aws(&Url::parse(url).unwrap());
        assert!(is_aws("https://search-ledger-abc.us-east-1.es.amazonaws.com"));
        assert!(is_aws("https://vpc-ledger-abc.cn-north-1.es.amazonaws.com.cn/"));
        assert!(!is_aws("http://search-ledger-abc.us-east-1.es.amazonaws.com"));
        assert!(!is_aws("http://127.0.0.1:9200"));
        assert!(!is_aws("https://amazonaws.com.example.org"));
        assert!(!is_aws("https://notamazonaws.com"));
    }
}
