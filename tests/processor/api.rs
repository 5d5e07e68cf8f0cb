//! Requests to the routers of `command-api` and `query-api`, and their answers, as JSON.

use std::sync::Arc;

use application::{
    commands::{Caller, Commands},
    ports::Environment as _,
    queries::Queries,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use futures::FutureExt as _;
use http_api::{RequestId, command_routes, query_routes, router};
use read_models::{
    history::EventHistory,
    parking::MemoryParking,
    summary::{MemorySummaryTable, SummaryProjector, SummaryReader},
};
use serde_json::{Value, json};
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

use crate::Work;

/// So many that nobody's history grows long, and the stores' trees stay as they are.
pub(crate) const ACCOUNTS: usize = 100;

const REFERENCE: &str = "Rent for November, flat 12";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A bank with an account for each of its users.
pub(crate) struct Bank {
    pub(crate) store: MemoryEventStore,
    pub(crate) environment: TestEnvironment,
    router: Router,
}

fn account(number: usize) -> String {
    format!("019ab1c2-d3e4-7f56-8a9b-{:012x}", number % ACCOUNTS)
}

fn request(method: &str, path: &str, number: usize, command: Option<(&str, Value)>) -> Request<Body> {
    let user_id = format!("4f9c2a10-7d3e-4b5f-9a61-{:012x}", number % ACCOUNTS).parse().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("traceparent", TRACEPARENT)
        .extension(Caller { user_id, is_admin: false })
        .extension(RequestId("JKJaXmPLvHcESHA=".to_owned()));
    match command {
        Some((key, body)) => request
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    }
    .unwrap()
}

async fn send(router: &Router, request: Request<Body>) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
}

impl Bank {
    pub(crate) async fn open() -> Self {
        let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default());
        let routes = command_routes(Arc::new(Commands::new(store.clone(), environment.clone())));
        let bank = Self { store, environment, router: router(routes) };
        for number in 0..ACCOUNTS {
            let body = json!({
                "account_id": account(number), "account_type": "CHECKING", "initial_deposit": "1000000.00",
            });
            bank.send(bank.command("/v1/accounts", number, body)).await;
        }
        bank
    }

    fn command(&self, path: &str, number: usize, body: Value) -> Request<Body> {
        let key = self.environment.new_id().to_string();
        request("POST", path, number, Some((&key, body)))
    }

    pub(crate) fn deposit(&self, number: usize) -> Request<Body> {
        let body = json!({ "amount": "1234.56", "reference": REFERENCE });
        self.command(&format!("/v1/accounts/{}/deposits", account(number)), number, body)
    }

    fn transfer(&self, number: usize) -> Request<Body> {
        let (from, to) = (account(number), account(number + 1));
        let body =
            json!({ "from_account_id": from, "to_account_id": to, "amount": "9.99", "reference": REFERENCE });
        self.command("/v1/transfers", number, body)
    }

    pub(crate) async fn send(&self, request: Request<Body>) {
        send(&self.router, request).await;
    }

    fn each(self, requests: Vec<Request<Body>>) -> Work<'static> {
        async move {
            for request in requests {
                self.send(request).await;
            }
        }
        .boxed_local()
    }
}

pub(crate) async fn deposits(count: usize) -> Work<'static> {
    let bank = Bank::open().await;
    let requests = (0..count).map(|number| bank.deposit(number)).collect();
    bank.each(requests)
}

pub(crate) async fn transfers(count: usize) -> Work<'static> {
    let bank = Bank::open().await;
    let requests = (0..count).map(|number| bank.transfer(number)).collect();
    bank.each(requests)
}

/// Queries of accounts whose rows are up to date.
pub(crate) async fn accounts(count: usize) -> Work<'static> {
    let bank = Bank::open().await;
    for number in 0..ACCOUNTS * 20 {
        bank.send(bank.deposit(number)).await;
    }
    let table = MemorySummaryTable::default();
    let projector = SummaryProjector::new(bank.store.clone(), table.clone(), MemoryParking::default());
    projector.project(bank.store.all()).await.unwrap();
    let summaries = SummaryReader::new(bank.store.clone(), table);
    let history = EventHistory::new(bank.store.clone());
    let queries = Queries::new(bank.store.clone(), summaries, history, bank.environment.clone());
    let router = router(query_routes(Arc::new(queries)));
    let requests =
        (0..count).map(|number| request("GET", &format!("/v1/accounts/{}", account(number)), number, None));
    Bank { router, ..bank }.each(requests.collect())
}
