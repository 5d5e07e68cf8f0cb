//! What a client is told when a projection is not as it has to be for what was asked. All of it is in this one place.

use application::{
    AdminError,
    ports::{Projection, RebuildError},
};

use super::{Code, Facts, Problem};

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::NotRebuildable(projection) => {
                let detail = match projection {
                    Projection::Journal => {
                        "the journal is not made from other things, so there is nothing to make it from"
                    }
                    Projection::AccountSummary | Projection::TransactionHistory => {
                        "this deployment does not keep it: GET /v1/admin/projections lists those that it does"
                    }
                };
                Self::new(Code::NotRebuildable, detail)
            }
            RebuildError::Running(id) => {
                let detail = "one rebuild of a projection runs at a time: wait for it, or cancel it";
                Self::new(Code::RebuildRunning, detail)
                    .with(Facts { rebuild_id: Some(id), ..Facts::default() })
            }
            RebuildError::Reused => Self::new(
                Code::IdempotencyKeyReused,
                "the Idempotency-Key was used for another rebuild: take a new one",
            ),
            RebuildError::NotFound => Self::rebuild_not_found(),
            RebuildError::Over => Self::new(
                Code::RebuildOver,
                "the rebuild is over, or too far to be given up: look at its status",
            ),
            RebuildError::NotSettled => {
                let detail = "has to lie a minute in the past: until then something of it may be recorded";
                Self::field("until", detail)
            }
            RebuildError::GenerationNotFound => Self::generation_not_found(),
            RebuildError::GenerationInUse => {
                let detail = "queries read the generation, or did a moment ago: read another one, and try again \
                              half a minute later";
                Self::new(Code::GenerationInUse, detail).retry_later()
            }
            RebuildError::Store(error) => AdminError::from(error).into(),
        }
    }
}

impl Problem {
    pub(crate) fn projection_not_found() -> Self {
        Self::new(Code::ProjectionNotFound, "GET /v1/admin/projections lists those that there are")
    }

    pub(crate) fn rebuild_not_found() -> Self {
        Self::new(Code::RebuildNotFound, "there is no such rebuild of this projection")
    }

    pub(crate) fn generation_not_found() -> Self {
        let detail = "GET /v1/admin/projections lists the generations that are kept up to date";
        Self::new(Code::GenerationNotFound, detail)
    }

    /// One field of the body that is not as it has to be.
    pub(crate) fn field(field: &str, detail: impl Into<String>) -> Self {
        Self::new(Code::MalformedRequest, detail).at(&format!("/{field}"))
    }
}
