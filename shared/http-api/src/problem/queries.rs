//! What a client is told of each way in which a query can fail. All of it is in this one place.

use application::{QueryError, chain, ports::PageError};

use super::{Code, Problem};

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::AccountNotFound(id) => Self::account_not_found(&id),
            QueryError::CommandNotFound => Self::command_not_found(),
            QueryError::TransactionNotFound => Self::transaction_not_found(),
            QueryError::StatementNotFound => Self::statement_not_found(),
            QueryError::StatementTooLong { .. } => Self::new(
                Code::StatementTooLong,
                format!("{error}: GET /v1/accounts/{{account_id}}/export?after_version={{opening_version}}"),
            ),
            QueryError::Forbidden => Self::forbidden(),
            QueryError::Page(PageError::TooDeep { .. }) => Self::parameter("page_number", error_text(&error)),
            QueryError::Page(PageError::InvalidCursor) => Self::parameter("cursor", error_text(&error)),
            QueryError::Page(PageError::NoSearch) => Self::parameter("q", error_text(&error)),
            QueryError::Page(PageError::TooLong { .. }) | QueryError::TooMuch { .. } => {
                Self::parameter("from", error_text(&error))
            }
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
    pub(crate) fn transaction_not_found() -> Self {
        Self::new(Code::TransactionNotFound, "the account has no such transaction")
    }

    pub(crate) fn statement_not_found() -> Self {
        let detail = "there is no statement of that month: months are written like 2026-11, and the account has \
                      statements from the month that it was opened in up to this one";
        Self::new(Code::StatementNotFound, detail)
    }

    pub(crate) fn command_not_found() -> Self {
        let detail =
            "there is no such command, or nothing has come of it yet: send it again with its Idempotency-Key";
        Self::new(Code::CommandNotFound, detail)
    }
}
