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

use super::{IndexError, OpenSearchHistory};

/// The longest any request may take, the connection included. A function's own time-out has to be longer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// A service of AWS that keeps indices, by its name in a signature (AWS Signature Version 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// A domain of OpenSearch Service.
    Domain,
    /// A collection of OpenSearch Serverless.
    Collection,
}

/// The history in the index at this URL; requests to AWS are signed with these credentials.
///
/// # Errors
/// [`IndexError::Unavailable`] if the URL is none, or a domain of AWS has to be reached without region or credentials.
pub fn connect(url: &str, aws: &SdkConfig) -> Result<OpenSearchHistory, IndexError> {
    let url = Url::parse(url).map_err(|error| IndexError::Unavailable(error.into()))?;
    let service = service(&url);
    // Like the clients of the AWS SDK, this one takes no proxy from the environment.
    let mut builder =
        TransportBuilder::new(SingleNodeConnectionPool::new(url)).timeout(REQUEST_TIMEOUT).disable_proxy();
    if let Some(service) = service {
        builder = builder.auth(Credentials::try_from(aws)?).service_name(service.as_str());
    }
    let transport = builder.build().map_err(|error| IndexError::Unavailable(error.into()))?;
    Ok(OpenSearchHistory::new(OpenSearch::new(transport)))
}

impl Service {
    fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "es",
            Self::Collection => "aoss",
        }
    }
}

/// Who keeps the index, if AWS does: `{name}.{region}.es.amazonaws.com`, `{id}.{region}.aoss.amazonaws.com`.
fn service(url: &Url) -> Option<Service> {
    let host = url.host_str().filter(|_| url.scheme() == "https")?;
    let name = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    Some(if name.ends_with(".aoss") { Service::Collection } else { Service::Domain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_index_at_aws_is_signed_for() {
        let service = |url: &str| service(&Url::parse(url).unwrap());
        assert_eq!(service("https://search-ledger-abc.us-east-1.es.amazonaws.com"), Some(Service::Domain));
        assert_eq!(service("https://vpc-ledger-abc.cn-north-1.es.amazonaws.com.cn/"), Some(Service::Domain));
        assert_eq!(service("https://abc.us-east-1.aoss.amazonaws.com"), Some(Service::Collection));
        for url in [
            "http://search-ledger-abc.us-east-1.es.amazonaws.com",
            "http://127.0.0.1:9200",
            "https://amazonaws.com.example.org",
            "https://notamazonaws.com",
        ] {
            assert_eq!(service(url), None, "{url}");
        }
    }
}
