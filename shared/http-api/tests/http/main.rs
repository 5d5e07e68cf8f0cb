//! What the acceptance tests cannot bring about: stores that fail, and answers seen byte by byte.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod store;

use std::sync::Arc;

use application::commands::{Caller, Commands};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use http_api::{RequestId, command_router};
use testing::TestEnvironment;
use tower::ServiceExt as _;

use crate::store::{FailingStore, Failure};

async fn post(store: FailingStore, path: &str, body: &str) -> (StatusCode, Option<String>, String) {
    let router = command_router(Arc::new(Commands::new(store, TestEnvironment::default())));
    let caller = Caller { user_id: "alice".parse().unwrap(), is_admin: false };
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .extension(caller)
        .extension(RequestId("request-1".to_owned()))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, retry_after, String::from_utf8(bytes.to_vec()).unwrap())
}

const OPEN: &str = r#"{"account_id":"a","account_type":"CHECKING","initial_deposit":"100"}"#;

async fn check(failure: Failure, status: u16, code: &str, retry_after: Option<&str>) {
    let (answered, seconds, body) = post(FailingStore::new(failure), "/v1/accounts", OPEN).await;
    assert_eq!(answered.as_u16(), status, "{body}");
    assert!(body.contains(&format!(r#""code":"{code}""#)), "{body}");
    assert!(body.contains(r#""request_id":"request-1""#), "{body}");
    assert_eq!(seconds.as_deref(), retry_after, "{body}");
    assert!(!body.contains("secret"), "what is internal stays inside: {body}");
}

#[tokio::test]
async fn a_store_that_fails_becomes_a_problem_that_says_what_to_do_and_nothing_internal() {
    check(Failure::Unavailable, 503, "unavailable", Some("1")).await;
    check(Failure::Throttled, 429, "throttled", Some("1")).await;
    check(Failure::Damaged, 500, "internal_error", None).await;
    check(Failure::AlwaysContended, 409, "concurrent_modification", None).await;
}

#[tokio::test]
async fn an_opened_account_is_answered_with_all_that_a_client_needs() {
    let (status, _, body) = post(FailingStore::new(Failure::None), "/v1/accounts", OPEN).await;
    assert_eq!(status, StatusCode::CREATED);
    let expected = r#"{"account_id":"a","balance":"100.00","command_id":"#;
    assert!(body.starts_with(expected), "{body}");
    assert!(body.contains(r#""currency":"USD""#) && body.contains(r#""version":1"#), "{body}");
}

#[tokio::test]
async fn without_a_caller_nobody_is_served() {
    let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
    let request = Request::post("/v1/accounts").body(Body::empty()).unwrap();
    let response = command_router(Arc::new(commands)).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}
