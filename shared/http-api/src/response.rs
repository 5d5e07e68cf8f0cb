//! What every answer has, a layer a concern: a name for its request, a body for a problem, no caching by others.

use axum::{
    Json, Router,
    extract::{MatchedPath, Request},
    http::{Extensions, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::Timestamp;

use crate::{
    Answered, Problem,
    answer::IDEMPOTENCY_REPLAYED,
    openapi::{route_of, unrouted},
    routes::Routes,
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request in answers and logs; in the request's extensions if whoever took it has named it.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Until when an answer has to be found; in the request's extensions if whoever took it has a limit.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Timestamp);

/// These routes as a service. What is no route of them is answered as well.
pub fn router(routes: Routes) -> Router {
    let router = routes.router.fallback(unrouted).method_not_allowed_fallback(unrouted);
    with_layers(router)
}

/// The last layer is the first to see a request.
pub(crate) fn with_layers(router: Router) -> Router {
    router
        .layer(middleware::from_fn(say_what_is_wrong))
        .layer(middleware::from_fn(name_request))
        .layer(middleware::map_response(forbid_caching))
}

/// The request's name.
pub(crate) fn request_id(extensions: &Extensions) -> String {
    extensions.get::<RequestId>().map_or_else(|| "local".to_owned(), |id| id.0.clone())
}

async fn name_request(request: Request, next: Next) -> Response {
    let request_id = HeaderValue::from_str(&request_id(request.extensions()));
    let mut response = next.run(request).await;
    if let Ok(request_id) = request_id {
        response.headers_mut().insert(X_REQUEST_ID, request_id);
    }
    response
}

/// Writes the body of a problem, now that it is known which request it answers, and says what came of it.
async fn say_what_is_wrong(request: Request, next: Next) -> Response {
    let (path, request_id) = (request.uri().path().to_owned(), request_id(request.extensions()));
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| format!("{} {}", request.method(), path.as_str()));
    let method = request.method().clone();
    let mut response = next.run(request).await;
    // Anybody may make up methods, and each route is a metric.
    let route = route.filter(|_| response.status() != StatusCode::METHOD_NOT_ALLOWED);
    // What was cut off has come to no route here.
    let is_failure = response.status().is_server_error();
    let route = route.or_else(|| is_failure.then(|| route_of(&method, &path)).flatten());
    let answered = Answered {
        route: route.unwrap_or_else(|| "none".to_owned()),
        code: response.extensions().get::<Problem>().map(Problem::code),
        is_replay: response.headers().contains_key(IDEMPOTENCY_REPLAYED),
        is_failure,
    };
    response.extensions_mut().insert(answered);
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = Json(problem.body(&path, &request_id)).into_response();
        *response.body_mut() = body.into_body();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
    }
    response
}

async fn forbid_caching(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The version of an account, as an entity tag.
pub(crate) fn etag(version: u64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

/// Leads to the next page of what is at this URI: the same parameters but for those of this page.
pub(crate) fn next_page(uri: &Uri, without: &[&str], name: &str, value: &str) -> [(HeaderName, String); 1] {
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = kept.filter(|(kept, _)| kept != name && !without.contains(&kept.as_ref()));
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(kept).append_pair(name, value).finish();
    [(header::LINK, format!("<{}?{query}>; rel=\"next\"", uri.path()))]
}
