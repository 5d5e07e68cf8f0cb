//! What a client is told when a projection is not as it has to be for what was asked. All of it is in this one place.

use application::{AdminError, ports::RebuildError};
use axum::http::StatusCode;

use super::Problem;

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        let conflict = |code, detail: &str| Self::new(StatusCode::CONFLICT, code, detail);
        match error {
            RebuildError::NotRebuildable(_) => {
                let detail = "the journal is not made from other things, so there is nothing to make it from";
                Self::rejected("not_rebuildable", detail)
            }
            RebuildError::Running(id) => {
                let detail = "one rebuild of a projection runs at a time: wait for it, or cancel it";
                conflict("rebuild_running", detail).with("rebuild_id", id.to_string())
            }
            RebuildError::Reused => Self::rejected(
                "idempotency_key_reused",
                "the Idempotency-Key was used for another rebuild: take a new one",
            ),
            RebuildError::NotFound => Self::rebuild_not_found(),
            RebuildError::Over => {
                conflict("rebuild_over", "the rebuild is over, or too far to be given up: look at its status")
            }
            RebuildError::NotSettled => {
                let detail = "has to lie a minute in the past: until then something of it may be recorded";
                Self::field("until", detail)
            }
            RebuildError::GenerationNotFound => Self::generation_not_found(),
            RebuildError::GenerationInUse => {
                let detail = "queries read the generation, or did a moment ago: read another one, and try again \
                              half a minute later";
                conflict("generation_in_use", detail).retry_later()
            }
            RebuildError::Store(error) => AdminError::from(error).into(),
        }
    }
}

impl Problem {
    pub(crate) fn projection_not_found() -> Self {
        Self::not_found("projection_not_found", "GET /v1/admin/projections lists those that there are")
    }

    pub(crate) fn rebuild_not_found() -> Self {
        Self::not_found("rebuild_not_found", "there is no such rebuild of this projection")
    }

    pub(crate) fn generation_not_found() -> Self {
        let detail = "GET /v1/admin/projections lists the generations that are kept up to date";
        Self::not_found("generation_not_found", detail)
    }

    /// One field of the body that is not as it has to be.
    pub(crate) fn field(field: &str, detail: impl Into<String>) -> Self {
        Self::bad_request("malformed_request", detail).at(&format!("/{field}"))
    }
}
