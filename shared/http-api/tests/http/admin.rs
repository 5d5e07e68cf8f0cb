//! The administration over HTTP, with parked accounts in memory.

use std::sync::{Arc, Mutex};

use application::{
    admin::Admin,
    commands::Caller,
    ports::{Parked, ParkedAccounts, ParkedId, Projection, Redriven, StoreError},
};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use http_api::{admin_routes, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Rows, of which those at an even version can be redriven.
#[derive(Clone)]
pub(crate) struct Rows(Arc<Mutex<Vec<Parked>>>);

impl ParkedAccounts for Rows {
    async fn page(
        &self,
        projection: Option<Projection>,
        after: Option<&ParkedId>,
        limit: usize,
    ) -> Result<Vec<Parked>, StoreError> {
        let rows = self.0.lock().unwrap().clone().into_iter();
        let rows = rows.filter(|row| projection.is_none_or(|projection| row.projection == projection));
        Ok(rows.filter(|row| after.is_none_or(|after| row.id() > *after)).take(limit).collect())
    }

    async fn redrive(&self, id: &ParkedId) -> Result<Option<Redriven>, StoreError> {
        let mut rows = self.0.lock().unwrap();
        let Some(place) = rows.iter().position(|row| row.id() == *id) else { return Ok(None) };
        if rows[place].version % 2 == 1 {
            return Ok(Some(Redriven::StillParked(rows[place].clone())));
        }
        rows.remove(place);
        Ok(Some(Redriven::UpToDate { version: 9 }))
    }
}

pub(crate) fn rows() -> Rows {
    let row = |projection, account_id: &str, version| {
        let parked_at = Some("2026-11-24T09:30:00Z".parse().unwrap());
        let row = Parked::new(projection, account_id.parse().unwrap(), version, "event type X is unknown");
        Parked { parked_at, ..row }
    };
    let (summary, history) = (Projection::AccountSummary, Projection::TransactionHistory);
    let rows = vec![row(summary, "a", 2), row(summary, "a:b", 3), row(history, "a", 4)];
    Rows(Arc::new(Mutex::new(rows)))
}

async fn send(rows: &Rows, is_admin: bool, request: axum::http::request::Builder) -> (u16, Value) {
    let caller = Caller { user_id: "somebody".parse().unwrap(), is_admin };
    let request = request.extension(caller).body(Body::empty()).unwrap();
    let response = router(admin_routes(Arc::new(Admin::new(rows.clone())))).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn get(rows: &Rows, path: &str) -> Value {
    let (status, body) = send(rows, true, Request::get(path)).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn redrive(rows: &Rows, is_admin: bool, id: &str) -> (u16, Value) {
    let path = format!("/v1/admin/parked/{id}/redrive");
    send(rows, is_admin, Request::post(path).header("idempotency-key", "key")).await
}

#[tokio::test]
async fn parked_accounts_are_listed_page_by_page() {
    let rows = rows();
    let first = get(&rows, "/v1/admin/parked?limit=2").await;
    let expected = json!({
        "id": "account-summary:a",
        "projection": "account-summary",
        "account_id": "a",
        "version": 2,
        "reason": "event type X is unknown",
        "parked_at": "2026-11-24T09:30:00Z",
    });
    assert_eq!((&first["parked"][0], &first["next_cursor"]), (&expected, &json!("account-summary:a:b")));
    let second = get(&rows, "/v1/admin/parked?limit=2&cursor=account-summary:a:b").await;
    assert_eq!(
        (&second["parked"][0]["id"], &second["next_cursor"]),
        (&json!("transaction-history:a"), &Value::Null)
    );
    let of_one = get(&rows, "/v1/admin/parked?projection=transaction-history").await;
    assert_eq!(of_one["parked"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redrive_says_what_came_of_it() {
    let rows = rows();
    let (status, body) = redrive(&rows, true, "account-summary:a").await;
    let expected = json!({
        "id": "account-summary:a",
        "projection": "account-summary",
        "account_id": "a",
        "outcome": "up_to_date",
        "version": 9,
    });
    assert_eq!((status, body), (200, expected));
    let (status, body) = redrive(&rows, true, "account-summary:a:b").await;
    assert_eq!((status, &body["outcome"], &body["version"]), (200, &json!("still_parked"), &json!(3)));
    let (status, body) = redrive(&rows, true, "account-summary:a").await;
    assert_eq!((status, &body["code"]), (404, &json!("parked_not_found")));
}

#[tokio::test]
async fn only_an_admin_is_served() {
    let rows = rows();
    let (status, body) = send(&rows, false, Request::get("/v1/admin/parked")).await;
    assert_eq!((status, &body["code"]), (403, &json!("forbidden")));
    for id in ["account-summary:a", "nonsense"] {
        let (status, body) = redrive(&rows, false, id).await;
        assert_eq!((status, &body["code"]), (403, &json!("forbidden")));
    }
    assert_eq!(rows.0.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_redrive_without_a_key_is_refused_as_every_post_is() {
    let path = "/v1/admin/parked/account-summary:a/redrive";
    let (status, body) = send(&rows(), true, Request::post(path)).await;
    assert_eq!((status, &body["code"]), (400, &json!("idempotency_key_missing")));
}
