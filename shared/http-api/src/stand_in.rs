//! The answer to every request in the place of a process that ended, or was ended, before it answered.

use axum::Router;

use crate::{Problem, response::with_layers};

/// Answers whatever was asked with 503 `unavailable`.
pub fn stand_in_router() -> Router {
    with_layers(Router::new().fallback(async || Problem::cut_off()))
}
