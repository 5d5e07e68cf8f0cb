//! What is open to all: the contract, a page to read it, and whether anybody is there.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, header},
    response::Html,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    openapi::DOCUMENT,
    routes::{Description, Routes, route},
};

/// A page that shows the document, with nothing from elsewhere.
const PAGE: &str = include_str!("docs.html");

/// Nothing but what the page brings along, and the document beside it.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The routes that are open to all.
pub fn docs_routes<D: Description>() -> Routes<D> {
    Routes::new().with(route!(get_health)).with(route!(get_openapi)).with(route!(get_docs))
}

/// Whether the API is there.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthBody {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Get whether the API is there
#[utoipa::path(
    get, path = "/v1/health", tag = "about", security(()),
    responses((status = 200, description = "It is.", body = HealthBody)),
)]
async fn get_health() -> Json<HealthBody> {
    Json(HealthBody { status: "ok" })
}

/// Get this document
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)),
)]
async fn get_openapi() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

/// Get a page that shows this document
#[utoipa::path(
    get, path = "/v1/docs", tag = "about", security(()),
    responses((status = 200, description = "A page.", body = String, content_type = "text/html")),
)]
async fn get_docs() -> ([(HeaderName, HeaderValue); 1], Html<&'static str>) {
    ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html(PAGE))
}
