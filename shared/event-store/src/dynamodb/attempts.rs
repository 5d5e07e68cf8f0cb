//! What an SDK's attempts at one request have left open. It tries again by itself, and tells of the last attempt alone: a
//! table that is busy now may have done what was asked a moment ago, and not have said so.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use application::ports::AppendError;
use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::FinalizerInterceptorContextRef},
    error::BoxError,
};

/// The attempts at one request. Clones are the same ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts {
    /// Whether there was one of which nobody knows what came of it: without an answer, or with one that leaves it open.
    is_unknown: Arc<AtomicBool>,
}

impl Attempts {
    /// Why a commit was not appended: that nothing was done is said only if no attempt may have done it.
    pub(super) fn append_error(&self, error: AppendError) -> AppendError {
        match error {
            AppendError::Throttled | AppendError::Contended if self.are_unknown() => {
                AppendError::Unavailable(error.into())
            }
            error => error,
        }
    }

    fn are_unknown(&self) -> bool {
        self.is_unknown.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_none_or(|response| response.status().is_server_error()) {
            self.is_unknown.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
