//! What an answer says of itself: few words, whatever is asked.

use std::sync::Arc;

use application::commands::{Caller, Commands};
use axum::{
    body::Body,
    http::{Method, Request},
};
use http_api::{Answered, command_routes, router, stand_in_router};
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

async fn answered(method: &str, path: &str, body: &str) -> (String, Option<&'static str>, &'static str) {
    let commands = Commands::new(MemoryEventStore::default(), TestEnvironment::default());
    let request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .extension(Caller { user_id: "alice".parse().unwrap(), is_admin: false })
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = router(command_routes(Arc::new(commands))).oneshot(request).await.unwrap();
    let answered = response.extensions().get::<Answered>().unwrap();
    (answered.route.clone(), answered.code, answered.outcome())
}

#[tokio::test]
async fn a_route_is_told_without_ids_and_what_is_none_is_none() {
    let deposit = "POST /v1/accounts/{account_id}/deposits".to_owned();
    let told = answered("POST", "/v1/accounts/a/deposits", r#"{"amount":"1.00"}"#).await;
    assert_eq!(told, (deposit, Some("account_not_found"), "refused"));
    let open = r#"{"account_type":"CHECKING","initial_deposit":"100"}"#;
    let told = answered("POST", "/v1/accounts", open).await;
    assert_eq!(told, ("POST /v1/accounts".to_owned(), None, "done"));
    // Whoever makes up methods and paths makes no metrics.
    let told = answered("MADEUP", "/v1/accounts", "").await;
    assert_eq!(told, ("none".to_owned(), Some("method_not_allowed"), "refused"));
    let told = answered("GET", "/v1/made/up", "").await;
    assert_eq!(told, ("none".to_owned(), Some("route_not_found"), "refused"));
}

#[tokio::test]
async fn what_was_cut_off_is_told_by_the_route_that_it_asked_for() {
    let told = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = stand_in_router().oneshot(request).await.unwrap();
        response.extensions().get::<Answered>().unwrap().route.clone()
    };
    assert_eq!(told("GET", "/v1/accounts/a").await, "GET /v1/accounts/{account_id}");
    assert_eq!(told("POST", "/v1/transfers").await, "POST /v1/transfers");
    assert_eq!(told("DELETE", "/v1/transfers").await, "none");
    assert_eq!(told("GET", "/v1/made/up").await, "none");
}
