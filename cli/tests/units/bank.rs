//! A bank whose every request to its tables is metered, with the routes of its API and its projectors.
//!
//! Ids are as long as in production, the trace context is there, and references are usual ones: what an item costs goes
//! by its size.

use std::sync::Arc;

use application::{
    Commit, StreamId,
    commands::{Caller, Commands},
    ports::{
        Environment as _, EventStore as _, History, HistoryError, HistoryFilter, HistoryPage, Order, Page,
        Projection, Transaction,
    },
    queries::Queries,
    transactions::transactions,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{AccountId, TransactionId};
use event_store::{DynamoDbCommandStore, DynamoDbEventStore, DynamoDbJournal};
use http_api::{RequestId, command_routes, query_routes, router};
use read_models::{
    cache::InProcessCache,
    generations::{
        ControlTable as _, DynamoDbControlTable, LiveSummaryProjector, LiveSummaryTable, RecentGenerations,
    },
    parking::DynamoDbParking,
    summary::{DynamoDbSummaryTable, SummaryReader},
};
use serde_json::{Value, json};
use testing::TestEnvironment;
use tower::ServiceExt as _;

use crate::tables::Tables;

pub(crate) const REFERENCE: &str = "Rent for November, flat 12";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// How many lines a page of the history has, if nobody says.
const PAGE_SIZE: usize = 20;

pub(crate) type Projector = LiveSummaryProjector<
    DynamoDbEventStore,
    DynamoDbSummaryTable,
    InProcessCache,
    DynamoDbParking<TestEnvironment>,
    DynamoDbControlTable,
>;

pub(crate) struct Bank {
    pub(crate) tables: Tables,
    pub(crate) environment: TestEnvironment,
    router: Router,
}

/// A page as the index answers it, which is no part of DynamoDB.
struct OnePage(Vec<Transaction>);

impl History for OnePage {
    async fn search(
        &self,
        _: &HistoryFilter,
        _: &Page,
        _: Order,
        _: u32,
    ) -> Result<HistoryPage, HistoryError> {
        let transactions = self.0.clone();
        Ok(HistoryPage { transactions, total_count: 412, has_next_page: false, next_cursor: None })
    }

    async fn find(&self, _: &AccountId, _: &TransactionId) -> Result<Option<Transaction>, HistoryError> {
        Ok(self.0.first().cloned())
    }
}

/// The account of this number, which belongs to the user of this number.
pub(crate) fn account(number: usize) -> String {
    format!("019ab1c2-d3e4-7f56-8a9b-{number:012x}")
}

impl Bank {
    pub(crate) async fn open(test: &'static str) -> Self {
        let (tables, environment) = (Tables::create(test).await, TestEnvironment::default());
        let store =
            DynamoDbCommandStore::new(tables.client.clone(), tables.name("events"), tables.name("commands"));
        let routes = command_routes(Arc::new(Commands::new(store, environment.clone())));
        let bank = Self { router: router(routes), tables, environment };
        // As a projection's item is once it was ever rebuilt, for a read of nothing costs less here than on AWS.
        let body = json!({ "read": 1, "written": [1], "newest": 1 }).to_string();
        for projection in Projection::READ_MODELS {
            bank.control().put(projection, "generations", &body, None).await.unwrap();
        }
        bank
    }

    pub(crate) fn store(&self) -> DynamoDbEventStore {
        DynamoDbEventStore::new(self.tables.client.clone(), self.tables.name("events"))
    }

    pub(crate) fn journal(&self) -> DynamoDbJournal {
        DynamoDbJournal::new(self.tables.client.clone(), self.tables.name("journal"))
    }

    pub(crate) fn control(&self) -> DynamoDbControlTable {
        DynamoDbControlTable::new(self.tables.client.clone(), self.tables.name("projections"))
    }

    pub(crate) fn summary(&self) -> DynamoDbSummaryTable {
        DynamoDbSummaryTable::new(self.tables.client.clone(), self.tables.name("summary"))
    }

    pub(crate) fn parking(&self) -> DynamoDbParking<TestEnvironment> {
        let (client, name) = (self.tables.client.clone(), self.tables.name("parked"));
        DynamoDbParking::new(client, name, self.environment.clone())
    }

    /// As `summary-projector` has it without a cache.
    pub(crate) fn projector(&self) -> Projector {
        LiveSummaryProjector {
            store: self.store(),
            table: self.summary(),
            cache: None,
            parking: self.parking(),
            catalog: self.control(),
        }
    }

    /// As `query-api` has it without a cache; the index answers with an account's newest transactions.
    pub(crate) async fn queries(&self, number: usize) -> Router {
        let stream = stream(number);
        let commits = self.store().read(&stream, 1, PAGE_SIZE).await.unwrap();
        let page = commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect();
        let catalog = RecentGenerations::new(self.control(), self.environment.clone());
        let summaries = SummaryReader::new(self.store(), LiveSummaryTable::new(self.summary(), catalog));
        let commands = DynamoDbCommandStore::new(
            self.tables.client.clone(),
            self.tables.name("events"),
            self.tables.name("commands"),
        );
        let queries = Queries::new(commands, summaries, OnePage(page), self.environment.clone());
        router(query_routes(Arc::new(queries)))
    }

    /// Opens the account of this number; its first commit.
    pub(crate) async fn opens(&self, number: usize) -> Commit {
        let body = json!({
            "account_id": account(number), "account_type": "CHECKING", "initial_deposit": "1000000.00",
        });
        self.sends("/v1/accounts", number, body).await;
        self.newest(number).await
    }

    /// Deposits into the account of this number; the length of the answer.
    pub(crate) async fn deposits(&self, number: usize) -> usize {
        let body = json!({ "amount": "1234.56", "reference": REFERENCE });
        self.sends(&format!("/v1/accounts/{}/deposits", account(number)), number, body).await
    }

    /// Moves money from the account of this number to the next; the length of the answer.
    pub(crate) async fn transfers(&self, number: usize) -> usize {
        let (from, to) = (account(number), account(number + 1));
        let body = json!({
            "from_account_id": from, "to_account_id": to, "amount": "9999.99", "reference": REFERENCE,
        });
        self.sends("/v1/transfers", number, body).await
    }

    pub(crate) async fn newest(&self, number: usize) -> Commit {
        self.store().newest(&stream(number)).await.unwrap().unwrap()
    }

    async fn sends(&self, path: &str, number: usize, body: Value) -> usize {
        let key = self.environment.new_id().to_string();
        send(&self.router, ("POST", path), number, Some((&key, body))).await
    }
}

/// Asks for something; the length of the answer.
pub(crate) async fn ask(router: &Router, path: &str, number: usize) -> usize {
    send(router, ("GET", path), number, None).await
}

async fn send(
    router: &Router,
    (method, path): (&str, &str),
    number: usize,
    command: Option<(&str, Value)>,
) -> usize {
    let user_id = format!("4f9c2a10-7d3e-4b5f-9a61-{number:012x}").parse().unwrap();
    let mut request = Request::builder().method(method).uri(path).header("traceparent", TRACEPARENT);
    request = request.extension(Caller { user_id, is_admin: false });
    request = request.extension(RequestId("JKJaXmPLvHcESHA=".to_owned()));
    let request = match command {
        Some((key, body)) => {
            request = request.header("content-type", "application/json").header("idempotency-key", key);
            request.body(Body::from(body.to_string()))
        }
        None => request.body(Body::empty()),
    };
    let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
    body.len()
}

fn stream(number: usize) -> StreamId {
    StreamId::account(&account(number).parse().unwrap())
}
