//! The answer to every request in the place of a process that ended, or was ended, before it answered.

use axum::{Router, middleware};

use crate::{Problem, response::finish};

/// Answers whatever was asked with 503 `unavailable`.
pub fn stand_in_router() -> Router {
    Router::new().fallback(async || Problem::cut_off()).layer(middleware::from_fn(finish))
}
