//! `If-None-Match`: what is not sent again, byte by byte.

use std::sync::Arc;

use application::{
    commands::Caller,
    ports::{
        AccountSummary, Freshness, History, HistoryError, HistoryFilter, HistoryPage, Order, Page,
        StoreError, Summaries, Transaction,
    },
    queries::Queries,
};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use domain::{
    AccountId, Money, Timestamp, TransactionId, UserId,
    account::{AccountType, Status},
};
use http_api::{RequestId, query_routes, router};
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

/// One account at version 7, of alice.
pub(crate) struct OneAccount;

impl Summaries for OneAccount {
    async fn find(&self, id: &AccountId, _: Freshness) -> Result<Option<AccountSummary>, StoreError> {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let money: Money = "100.00 USD".parse().unwrap();
        Ok(Some(AccountSummary {
            account_id: id.clone(),
            user_id: "alice".parse().unwrap(),
            account_type: AccountType::Checking,
            balance: money,
            status: Status::Active,
            created_at: at,
            last_transaction_at: at,
            daily_counts: Vec::new(),
            recent_transaction_ids: Vec::new(),
            total_deposits: money,
            total_withdrawals: money,
            total_transfers_out: money,
            total_transfers_in: money,
            version: 7,
            last_updated: at,
        }))
    }

    async fn of_user(&self, _: &UserId) -> Result<Vec<AccountSummary>, StoreError> {
        Ok(Vec::new())
    }
}

pub(crate) struct NoHistory;

impl History for NoHistory {
    async fn search(
        &self,
        _: &HistoryFilter,
        _: &Page,
        _: Order,
        _: u32,
    ) -> Result<HistoryPage, HistoryError> {
        Err(StoreError::Throttled.into())
    }

    async fn find(&self, _: &AccountId, _: &TransactionId) -> Result<Option<Transaction>, HistoryError> {
        Ok(None)
    }
}

async fn get(user: &str, if_none_match: &[&str]) -> (StatusCode, HeaderMap, String) {
    let caller = Caller { user_id: user.parse().unwrap(), is_admin: false };
    let mut request = Request::get("/v1/accounts/a").extension(caller).extension(RequestId("r-1".to_owned()));
    for value in if_none_match {
        request = request.header("if-none-match", *value);
    }
    let environment = TestEnvironment::default();
    let queries = Queries::new(MemoryEventStore::default(), OneAccount, NoHistory, environment);
    let response =
        router(query_routes(Arc::new(queries))).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    for has in [
        &["\"7\""][..],
        &["W/\"7\""],
        &["*"],
        &["\"5\", \"6\",\"7\""],
        &["\"5\" , W/\"7\" , "],
        &[", \"5\",,\"7\""],
        &["\"5\"", "\"7\""],
        &["\"a, b\", \"7\""],
    ] {
        let (status, headers, body) = get("alice", has).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{has:?}");
        assert_eq!(headers["etag"], "\"7\"", "{has:?}");
        assert_eq!(headers["x-request-id"], "r-1", "{has:?}");
        assert!(!headers.contains_key("content-type"), "{has:?}");
    }
}

#[tokio::test]
async fn any_other_version_is_answered_in_full() {
    for has in [&[][..], &[""], &["\"6\""], &["\"07\""], &["\"\""], &["\"7, 8\""], &["\"nonsense\", W/\"8\""]]
    {
        let (status, headers, body) = get("alice", has).await;
        assert_eq!(status, StatusCode::OK, "{has:?}");
        assert_eq!(headers["etag"], "\"7\"", "{has:?}");
        assert!(body.contains(r#""version":7"#), "{has:?}: {body}");
    }
}

#[tokio::test]
async fn what_is_no_list_of_entity_tags_is_refused() {
    for wrong in ["7", "\"7", "\"6\" \"7\"", "w/\"7\"", "*, \"7\""] {
        let (status, _, body) = get("alice", &[wrong]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(body.contains("If-None-Match"), "{wrong}: {body}");
    }
}

#[tokio::test]
async fn who_may_not_see_the_account_does_not_learn_its_version() {
    for has in ["\"7\"", "*"] {
        let (status, headers, _) = get("bob", &[has]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{has}");
        assert!(!headers.contains_key("etag"), "{has}");
    }
}
