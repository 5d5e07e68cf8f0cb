//! Parked accounts: for admins, and for nobody else.

use serde_json::{Value, json};

use bank::{Answer, Bank};

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.text("code").as_str()), (status, code), "{}", answer.body);
    assert_eq!(answer.content_type, "application/problem+json", "{code}");
}

#[tokio::test]
async fn an_admin_sees_what_is_parked_and_a_customer_does_not() {
    let (admin, customer) = (Bank::of("admin").await, Bank::of("customer-01").await);
    let listed = admin.get("/v1/admin/parked?limit=1").await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    assert!(listed.body["parked"].is_array() && listed.has_request_id, "{}", listed.body);
    for projection in ["account-summary", "transaction-history"] {
        let listed = admin.get(&format!("/v1/admin/parked?projection={projection}")).await;
        let parked = listed.body["parked"].as_array().unwrap();
        assert!(parked.iter().all(|one| one["projection"] == projection), "{}", listed.body);
    }
    check(&customer.get("/v1/admin/parked").await, 403, "forbidden");
    check(&admin.get("/v1/admin/parked?projection=other").await, 400, "malformed_request");
    check(&admin.get("/v1/admin/parked?cursor=other").await, 400, "malformed_request");
    check(&admin.get("/v1/admin/parked?limit=101").await, 400, "malformed_request");
    check(&admin.get("/v1/admin/other").await, 404, "route_not_found");
}

#[tokio::test]
async fn what_is_not_parked_cannot_be_redriven_and_a_customer_learns_nothing_of_it() {
    let (admin, customer) = (Bank::of("admin").await, Bank::of("customer-01").await);
    for id in ["account-summary:nobody", "transaction-history:nobody", "no-id"] {
        let path = format!("/v1/admin/parked/{id}/redrive");
        check(&admin.post(&path, json!({})).await, 404, "parked_not_found");
        check(&customer.post(&path, json!({})).await, 403, "forbidden");
        let keyless = admin.send(reqwest::Method::POST, &path, &[], Some(Value::Null.to_string())).await;
        check(&keyless, 400, "idempotency_key_missing");
    }
}
