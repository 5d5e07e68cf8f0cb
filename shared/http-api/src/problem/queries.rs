//! What a client is told of each way in which a query can fail. All of it is in this one place.

use application::{QueryError, ports::PageError};

use super::{Problem, chain};

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::AccountNotFound(id) => Self::account_not_found(&id),
            QueryError::CommandNotFound => Self::command_not_found(),
            QueryError::TransactionNotFound => {
                Self::not_found("transaction_not_found", "the account has no such transaction")
            }
            QueryError::Forbidden => Self::forbidden(),
            QueryError::Page(PageError::TooDeep { .. }) => Self::parameter("page_number", error_text(&error)),
            QueryError::Page(PageError::InvalidCursor) => Self::parameter("cursor", error_text(&error)),
            QueryError::TooMuch { .. } => Self::parameter("from", error_text(&error)),
            QueryError::Throttled => Self::throttled(),
            QueryError::Unavailable(_) => {
                tracing::error!(error = chain(&error), "a query failed");
                Self::unavailable("a store does not answer: try again a little later")
            }
            QueryError::Damaged(_) => {
                tracing::error!(error = chain(&error), "a query met damaged data");
                Self::internal_error()
            }
        }
    }
}

fn error_text(error: &QueryError) -> String {
    error.to_string()
}

impl Problem {
    pub(crate) fn command_not_found() -> Self {
        let detail =
            "there is no such command, or nothing has come of it yet: send it again with its Idempotency-Key";
        Self::not_found("command_not_found", detail)
    }

    /// One query parameter is not as it has to be.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = serde_json::json!([{ "parameter": name, "detail": detail }]);
        Self::bad_request("malformed_request", format!("{name}: {detail}")).with("errors", errors)
    }
}
