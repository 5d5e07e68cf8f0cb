//! What the acceptance tests cannot bring about: stores that fail, and answers seen byte by byte.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod admin;
mod analytics;
mod answered;
mod conditional;
mod openapi;
mod statements;
mod store;

use std::sync::Arc;

use application::commands::{Caller, Commands};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use http_api::{RequestId, command_routes, router, stand_in_router};
use serde_json::Value;
use testing::TestEnvironment;
use tower::ServiceExt as _;

use crate::store::{FailingStore, Failure};

#[derive(Debug, PartialEq)]
struct Answered {
    status: StatusCode,
    retry_after: Option<String>,
    is_replay: bool,
    body: String,
}

async fn send(router: Router, key: &str, request_id: &str, path: &str, body: &str) -> Answered {
    let caller = Caller { user_id: "alice".parse().unwrap(), is_admin: false };
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .extension(caller)
        .extension(RequestId(request_id.to_owned()))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let header = |name| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
    let (retry_after, is_replay) = (header("retry-after"), header("idempotency-replayed").is_some());
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answered { status, retry_after, is_replay, body: String::from_utf8(bytes.to_vec()).unwrap() }
}

async fn post(store: FailingStore, path: &str, body: &str) -> Answered {
    let router = router(command_routes(Arc::new(Commands::new(store, TestEnvironment::default()))));
    send(router, "k", "request-1", path, body).await
}

const OPEN: &str = r#"{"account_id":"a","account_type":"CHECKING","initial_deposit":"100"}"#;

async fn check(failure: Failure, status: u16, code: &str, retry_after: Option<&str>) {
    let Answered { status: answered, retry_after: seconds, body, .. } =
        post(FailingStore::new(failure), "/v1/accounts", OPEN).await;
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
    check(Failure::AlwaysContended, 409, "concurrent_modification", Some("1")).await;
}

#[tokio::test]
async fn a_request_that_nobody_has_answered_gets_the_problem_that_it_would_get_if_a_store_were_away() {
    let answered = send(stand_in_router(), "k", "request-1", "/v1/accounts", OPEN).await;
    let away = post(FailingStore::new(Failure::Unavailable), "/v1/accounts", OPEN).await;
    let without_detail = |answered: &Answered| {
        let mut body: Value = serde_json::from_str(&answered.body).unwrap();
        assert!(body["detail"].take().as_str().unwrap().contains("same Idempotency-Key"), "{answered:?}");
        (answered.status, answered.retry_after.clone(), body)
    };
    assert_eq!(without_detail(&answered), without_detail(&away));
    assert_eq!(answered.retry_after.as_deref(), Some("1"));

    let request = Request::get("/v1/accounts/a").body(Body::empty()).unwrap();
    let response = stand_in_router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn an_opened_account_is_answered_with_all_that_a_client_needs() {
    let Answered { status, body, .. } = post(FailingStore::new(Failure::None), "/v1/accounts", OPEN).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(body.starts_with(r#"{"command_id":""#), "{body}");
    for part in [r#""account_id":"a","version":1,"#, r#""balance":"100.00","currency":"USD"}"#] {
        assert!(body.contains(part), "{body}");
    }
}

#[tokio::test]
async fn without_a_caller_nobody_is_served() {
    let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
    let request = Request::post("/v1/accounts").body(Body::empty()).unwrap();
    let response = router(command_routes(Arc::new(commands))).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn the_same_request_again_has_the_same_body_and_says_that_it_is_a_replay() {
    let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
    let router = router(command_routes(Arc::new(commands)));
    let deposit = r#"{ "amount": "50.00", "reference": "gift" }"#;
    let requests = [
        ("/v1/accounts", OPEN),
        ("/v1/accounts/a/deposits", deposit),
        ("/v1/accounts/a/withdrawals", r#"{"amount":"1000.00"}"#),
        ("/v1/accounts/a/close", r#"{"reason":"moved"}"#),
        ("/v1/transfers", r#"{"from_account_id":"a","to_account_id":"nobody","amount":"1.00"}"#),
    ];
    for (path, body) in requests {
        let first = send(router.clone(), path, "first", path, body).await;
        assert!(!first.is_replay);
        let again = send(router.clone(), path, "second", path, body).await;
        assert_eq!(again, Answered { is_replay: true, ..first });
    }
    // Spaces and the order of fields are no difference.
    let written_anew = r#"{"reference":"gift","amount":"50.00"}"#;
    let path = "/v1/accounts/a/deposits";
    assert!(send(router.clone(), path, "third", path, written_anew).await.is_replay);
    let other = send(router, path, "fourth", path, r#"{"amount":"51.00"}"#).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains(r#""code":"idempotency_key_reused""#), "{}", other.body);
}

#[tokio::test]
async fn what_says_nothing_is_as_good_as_not_there_and_what_is_said_twice_is_refused() {
    let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
    let router = router(command_routes(Arc::new(commands)));
    send(router.clone(), "open", "first", "/v1/accounts", OPEN).await;
    let path = "/v1/accounts/a/deposits";
    let first = send(router.clone(), "k", "first", path, r#"{"amount":"50.00"}"#).await;
    let with_null = r#"{"amount":"50.00","reference":null}"#;
    let again = send(router.clone(), "k", "second", path, with_null).await;
    assert_eq!(again, Answered { is_replay: true, ..first });
    let twice = send(router, "other", "third", path, r#"{"amount":"1.00","amount":"900.00"}"#).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    assert!(twice.body.contains(r#""pointer":"/amount""#), "{}", twice.body);
}

#[tokio::test]
async fn an_account_type_that_there_is_not_stays_refused_under_its_key() {
    let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
    let router = router(command_routes(Arc::new(commands)));
    let gold = OPEN.replace("CHECKING", "GOLD");
    let first = send(router.clone(), "k", "first", "/v1/accounts", &gold).await;
    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = send(router.clone(), "k", "second", "/v1/accounts", &gold).await;
    assert_eq!(again, Answered { is_replay: true, ..first });
    let other = send(router, "k", "third", "/v1/accounts", OPEN).await;
    assert!(other.body.contains(r#""code":"idempotency_key_reused""#), "{}", other.body);
}

#[tokio::test]
async fn an_account_that_is_not_open_yet_is_at_no_version_and_a_request_names_one_version_at_most() {
    for (versions, status) in [(&["\"7\""][..], 412), (&["\"7\"", "\"8\""][..], 400)] {
        let commands = Commands::new(FailingStore::new(Failure::None), TestEnvironment::default());
        let mut request = Request::post("/v1/accounts")
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .extension(Caller { user_id: "alice".parse().unwrap(), is_admin: false });
        for version in versions {
            request = request.header("if-match", *version);
        }
        let request = request.body(Body::from(OPEN)).unwrap();
        let response = router(command_routes(Arc::new(commands))).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
}
