//! One effect a key, as a client sees it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use bank::{Bank, new_key};

#[tokio::test]
async fn a_command_sent_again_is_answered_as_the_first_time() {
    let bank = Bank::of("customer-09").await;
    let (a, b) = (bank.open("CHECKING", "500").await, bank.open("CHECKING", "100").await);
    let deposits = format!("/v1/accounts/{a}/deposits");
    let requests = [
        (deposits.as_str(), json!({ "amount": "50.00" }), 201),
        (&format!("/v1/accounts/{a}/withdrawals"), json!({ "amount": "20.00" }), 201),
        ("/v1/transfers", json!({ "from_account_id": a, "to_account_id": b, "amount": "10.00" }), 201),
        (&format!("/v1/accounts/{a}/withdrawals"), json!({ "amount": "9000.00" }), 422),
        (&format!("/v1/accounts/{a}/close"), json!({ "reason": "moved" }), 422),
        ("/v1/transfers", json!({ "from_account_id": a, "to_account_id": "no-one", "amount": "1.00" }), 404),
    ];
    let mut answers = Vec::new();
    for (path, body, status) in &requests {
        let key = new_key();
        let first = bank.post_as(&key, path, body).await;
        assert_eq!(first.status.as_u16(), *status, "{}", first.body);
        answers.push((key, first));
    }
    bank.post(&deposits, json!({ "amount": "9000.00" })).await;
    for ((path, body, _), (key, first)) in requests.iter().zip(&answers) {
        let again = bank.post_as(key, path, body).await;
        assert!(again.is_replay && !first.is_replay);
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!((&again.etag, &again.location), (&first.etag, &first.location));

        let other = bank.post_as(key, &deposits, &json!({ "amount": "77.00" })).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(other.text("code"), "idempotency_key_reused");
    }
    let balance = bank.get(&format!("/v1/accounts/{a}/balance")).await;
    assert_eq!(balance.text("balance"), "9518.00");
}

#[tokio::test]
async fn what_came_of_a_command_can_be_asked_by_its_id_and_by_its_key() {
    let bank = Bank::of("customer-10").await;
    let account = bank.open("CHECKING", "500").await;
    let path = format!("/v1/accounts/{account}/withdrawals");
    for (amount, status) in [("50.00", "succeeded"), ("9000.00", "rejected")] {
        let key = new_key();
        let answer = bank.post_as(&key, &path, &json!({ "amount": amount })).await;
        let found = bank.get(&format!("/v1/commands?idempotency_key={key}")).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.body);
        assert_eq!(found.text("status"), status);
        let stored: &Value = &found.body["answer"];
        assert_eq!(stored["status"], answer.status.as_u16());
        assert_eq!(stored["location"].as_str(), answer.location.as_deref());
        assert_eq!(stored["body"], answer.body);

        let by_id = format!("/v1/commands/{}", found.text("command_id"));
        assert_eq!(bank.get(&by_id).await.body, found.body);
        assert_eq!(Bank::of("admin").await.get(&by_id).await.body, found.body);
        let foreign = Bank::of("customer-09").await.get(&by_id).await;
        assert_eq!(
            (foreign.status, foreign.text("code")),
            (StatusCode::NOT_FOUND, "command_not_found".into())
        );
    }
    for path in ["/v1/commands?idempotency_key=never-used", "/v1/commands/no-id"] {
        let unknown = bank.get(path).await;
        assert_eq!(
            (unknown.status, unknown.text("code")),
            (StatusCode::NOT_FOUND, "command_not_found".into())
        );
    }
    assert_eq!(bank.get("/v1/commands").await.text("code"), "malformed_request");
}
