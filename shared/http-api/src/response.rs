//! What every answer has: an `x-request-id`, no caching by others, and for a problem its body.

use axum::{
    Json,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request in answers and logs; in the request's extensions if whoever took it has named it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Runs the request and completes its answer.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let given = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let request_id = given.unwrap_or_else(|| "local".to_owned());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = Json(problem.body(&path, &request_id)).into_response();
        *response.body_mut() = body.into_body();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
    }
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(X_REQUEST_ID, request_id);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The version of an account, as an entity tag.
pub(crate) fn etag(version: u64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}
