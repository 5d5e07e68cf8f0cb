//! The analytics over HTTP, with sums that are given.

use std::sync::Arc;

use application::{
    analytics::Sums,
    commands::Caller,
    ports::{
        ActiveAccounts, Analytics, AnalyticsError, By, DailyVolume, Fees, Period, StoreError, TopAccount,
        Totals, TransactionType,
    },
};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use domain::account::AccountType;
use http_api::{analytics_routes, router};
use serde_json::{Value, json};
use testing::TestEnvironment;
use tower::ServiceExt as _;

/// A volume whenever it is asked for; of everything else too much, or no answer.
pub(crate) struct Given;

fn totals() -> Totals {
    Totals {
        transactions: 3,
        currency: domain::parse_currency("USD").unwrap(),
        amount: "12345678901234567890.10".parse().unwrap(),
        fee: "0.00".parse().unwrap(),
    }
}

impl Analytics for Given {
    async fn daily_volumes(&self, period: Period) -> Result<Vec<DailyVolume>, AnalyticsError> {
        let (transaction_type, account_type) = (TransactionType::TransferOut, Some(AccountType::Savings));
        Ok(vec![DailyVolume { day: period.to, transaction_type, account_type, totals: totals() }])
    }

    async fn top_accounts(&self, _: Period, _: By, limit: usize) -> Result<Vec<TopAccount>, AnalyticsError> {
        Ok(vec![TopAccount { account_id: format!("of-{limit}").parse().unwrap(), totals: totals() }])
    }

    async fn fees(&self, _: Period) -> Result<Vec<Fees>, AnalyticsError> {
        Err(StoreError::Unavailable("secret address".into()).into())
    }

    async fn active_accounts(&self, _: Period) -> Result<Vec<ActiveAccounts>, AnalyticsError> {
        Err(AnalyticsError::TooMuch { limit: 7 })
    }
}

async fn get(is_admin: bool, path: &str) -> (u16, Value) {
    let caller = Caller { user_id: "somebody".parse().unwrap(), is_admin };
    let request = Request::get(path).extension(caller).body(Body::empty()).unwrap();
    let routes = analytics_routes(Arc::new(Sums::new(Given, TestEnvironment::default())));
    let response = router(routes).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn sums_are_decimal_texts_of_one_currency_over_the_last_30_days() {
    let (status, body) = get(true, "/v1/analytics/daily-volumes").await;
    let expected = json!({
        "from": "2025-12-02T00:00:00Z",
        "to": "2026-01-01T00:00:00Z",
        "volumes": [{
            "date": "2026-01-01",
            "type": "TRANSFER_OUT",
            "account_type": "SAVINGS",
            "currency": "USD",
            "transactions": 3,
            "amount": "12345678901234567890.10",
            "fee": "0.00",
        }],
    });
    assert_eq!((status, body), (200, expected));
    let (_, body) = get(true, "/v1/analytics/top-accounts?limit=100&by=count").await;
    assert_eq!(body["accounts"][0]["account_id"], "of-100");
}

#[tokio::test]
async fn what_fails_is_said_without_internals() {
    let (status, body) = get(true, "/v1/analytics/fees").await;
    assert_eq!((status, &body["code"]), (503, &json!("unavailable")));
    assert!(!body.to_string().contains("secret"), "{body}");
    let (status, body) = get(true, "/v1/analytics/active-accounts").await;
    assert_eq!(
        (status, &body["code"], &body["errors"][0]["parameter"]),
        (400, &json!("malformed_request"), &json!("from"))
    );
}

#[tokio::test]
async fn only_an_admin_is_served_and_only_with_what_can_be_meant() {
    for name in ["daily-volumes", "top-accounts", "fees", "active-accounts"] {
        let (status, body) = get(false, &format!("/v1/analytics/{name}")).await;
        assert_eq!((status, &body["code"]), (403, &json!("forbidden")), "{name}");
        for query in ["from=1", "to=1", "other=1", "from=2024-12-30T23:59:59Z&to=2026-01-01T00:00:00Z"] {
            let (status, _) = get(true, &format!("/v1/analytics/{name}?{query}")).await;
            assert_eq!(status, 400, "{name}?{query}");
        }
    }
    for query in ["limit=0", "limit=101", "by=name"] {
        let (status, _) = get(true, &format!("/v1/analytics/top-accounts?{query}")).await;
        assert_eq!(status, 400, "{query}");
    }
}
