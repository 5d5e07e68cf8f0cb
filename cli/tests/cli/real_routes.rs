//! `passbook explain` over the API's own routes, with the bank in memory: what the one writes, the other reads.

use std::sync::Arc;

use application::{
    commands::{Caller, Commands},
    ports::{History, HistoryError, HistoryFilter, HistoryPage, Order, Page, Transaction},
    queries::Queries,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{AccountId, TransactionId};
use http_api::{RequestId, command_routes, query_routes, router};
use read_models::summary::{MemorySummaryTable, SummaryReader};
use serde_json::{Value, json};
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

use crate::{Bench, ends, problem, stand_in::StandIn};

/// A history that nothing has reached.
struct EmptyHistory;

impl History for EmptyHistory {
    async fn search(
        &self,
        _: &HistoryFilter,
        _: &Page,
        _: Order,
        _: u32,
    ) -> Result<HistoryPage, HistoryError> {
        Ok(HistoryPage { transactions: Vec::new(), total_count: 0, has_next_page: false, next_cursor: None })
    }

    async fn find(&self, _: &AccountId, _: &TransactionId) -> Result<Option<Transaction>, HistoryError> {
        Ok(None)
    }
}

/// Sends a request in alice's name.
fn send(router: &Router, request: &str, body: String) -> (u16, Value) {
    let (method, path) = request.split_once(' ').unwrap();
    let caller = Caller { user_id: "alice".parse().unwrap(), is_admin: false };
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request =
        request.header("idempotency-key", path).extension(caller).extension(RequestId("r-1".to_owned()));
    let answer = router.clone().oneshot(request.body(Body::from(body)).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = answer.await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    })
}

/// An account of three transactions, of which no projection has heard.
fn bank() -> StandIn {
    let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default());
    let commands = router(command_routes(Arc::new(Commands::new(store.clone(), environment.clone()))));
    let did = [
        (
            "/v1/accounts",
            json!({ "account_id": "mine", "account_type": "SAVINGS", "initial_deposit": "5000.00" }),
        ),
        ("/v1/accounts/mine/withdrawals", json!({ "amount": "1000.01", "reference": "a bike" })),
        ("/v1/accounts/mine/withdrawals?", json!({ "amount": "1.00" })),
    ];
    for (path, body) in did {
        let (status, answer) = send(&commands, &format!("POST {path}"), body.to_string());
        assert_eq!(status, 201, "{answer}");
    }
    let summaries = SummaryReader::new(store.clone(), MemorySummaryTable::default());
    let queries = router(query_routes(Arc::new(Queries::new(store, summaries, EmptyHistory, environment))));
    StandIn::start(move |request| match request.contains("/v1/admin/") {
        true => problem(403, "forbidden", "only an admin may do this"),
        false => send(&queries, request, String::new()),
    })
}

#[test]
fn what_the_routes_answer_is_understood() {
    let api = bank();
    let bench = Bench::new("real-routes", &api.url);
    let (printed, _) = ends(&mut bench.on_its_stack(&["explain", "mine", "--json"]), 0);
    let document: Value = serde_json::from_str(&printed).unwrap();
    let withdrawn = &document["events"][1];
    assert_eq!((&withdrawn["type"], &withdrawn["unreadable"]), (&json!("MoneyWithdrawn"), &Value::Null));
    assert_eq!((&withdrawn["amount"], &withdrawn["fee"]), (&json!("1000.01"), &json!("5.00")));
    assert_eq!((&withdrawn["balance_before"], &withdrawn["change"]), (&json!("5000.00"), &json!("-1005.01")));
    assert_eq!((&withdrawn["user_id"], &withdrawn["reference"]), (&json!("alice"), &json!("a bike")));
    let [summary, history, _] = document["projections"].as_array().unwrap().as_slice() else {
        panic!("{document}")
    };
    assert_eq!((&summary["state"], &summary["expected_version"]), (&json!("behind"), &json!(3)));
    assert_eq!((&history["state"], &history["expected_transactions"]), (&json!("behind"), &json!(3)));

    let (told, _) = ends(&mut bench.on_its_stack(&["explain", "mine", "--last", "1"]), 0);
    assert!(told.contains("SAVINGS of alice, ACTIVE, 3993.99 USD at version 3"), "{told}");
    assert!(told.contains("balance 3994.99 → 3993.99 USD"), "{told}");
    assert!(told.contains("account-summary is behind"), "{told}");
}
