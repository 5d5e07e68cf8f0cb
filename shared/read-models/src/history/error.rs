//! What OpenSearch's refusals mean, in one place.

use application::ports::StoreError;
#[cfg(feature = "servers")]
use opensearch::http::{StatusCode, response::Response};

/// The most of an answer that goes into an error's text, in characters.
#[cfg(feature = "servers")]
const TEXT_LENGTH_MAX: usize = 500;

/// Why the search index could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// More was asked than the index takes at a time: try again later.
    #[error("the search index is throttled")]
    Throttled,
    /// The index did not answer, or not intelligibly.
    #[error("the search index is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// This deployment has none.
    #[error("this deployment has no search index")]
    Absent,
    /// The index answered with an error.
    #[error("the search index answered {status}: {text}")]
    Answered {
        /// The HTTP status.
        status: u16,
        /// The beginning of its answer.
        text: String,
    },
}

#[cfg(feature = "servers")]
impl From<opensearch::Error> for IndexError {
    fn from(error: opensearch::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<IndexError> for StoreError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Throttled => Self::Throttled,
            IndexError::Unavailable(_) | IndexError::Absent | IndexError::Answered { .. } => {
                Self::Unavailable(error.into())
            }
        }
    }
}

/// The answer, if it is a good one.
#[cfg(feature = "servers")]
pub(super) async fn accepted(response: Response) -> Result<Response, IndexError> {
    let status = response.status_code();
    if status.is_success() {
        return Ok(response);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(IndexError::Throttled);
    }
    let text = response.text().await?.chars().take(TEXT_LENGTH_MAX).collect();
    Err(IndexError::Answered { status: status.as_u16(), text })
}

#[cfg(feature = "servers")]
impl IndexError {
    /// Whether the index answered with this status and this type of error.
    pub(super) fn is(&self, expected: StatusCode, kind: &str) -> bool {
        matches!(self, Self::Answered { status, text } if *status == expected.as_u16() && text.contains(kind))
    }
}
