//! What every answer has: an `x-request-id`, no caching by others, and for a problem its body.

use axum::{
    Json,
    extract::Request,
    http::{Extensions, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use domain::Timestamp;

use crate::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request in answers and logs; in the request's extensions if whoever took it has named it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Until when an answer has to be found; in the request's extensions if whoever took it has a limit.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Timestamp);

/// The request's name.
pub(crate) fn request_id(extensions: &Extensions) -> String {
    extensions.get::<RequestId>().map_or_else(|| "local".to_owned(), |id| id.0.clone())
}

/// Runs the request and completes its answer.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let request_id = request_id(request.extensions());
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
