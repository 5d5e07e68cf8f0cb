//! What a client is told of each way in which the administration can fail. All of it is in this one place.

use application::{AdminError, chain};

use super::{Code, Problem};

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Forbidden => Self::forbidden(),
            AdminError::ParkedNotFound => Self::parked_not_found(),
            AdminError::Throttled => Self::throttled(),
            AdminError::Unavailable(_) => {
                tracing::error!(error = chain(&error), "the administration failed");
                Self::unavailable("a store does not answer: try again a little later")
            }
            AdminError::Damaged(_) => {
                tracing::error!(error = chain(&error), "the administration met damaged data");
                Self::internal_error()
            }
        }
    }
}

impl Problem {
    pub(crate) fn parked_not_found() -> Self {
        Self::new(Code::ParkedNotFound, "no such account is parked, or not any more")
    }
}
