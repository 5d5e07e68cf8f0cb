//! Bad input: each row of the error table gets its problem, and nothing is changed by it.

use reqwest::Method;
use serde_json::{Value, json};

use bank::{Answer, Bank, new_key};

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.text("code").as_str()), (status, code), "{}", answer.body);
    assert_eq!(answer.content_type, "application/problem+json", "{code}");
    assert!(answer.has_request_id, "{code}");
    assert_eq!(answer.body["status"], status, "{code}");
    for field in ["type", "title", "detail", "instance", "request_id"] {
        assert!(answer.body[field].as_str().is_some_and(|text| !text.is_empty()), "{code} has {field}");
    }
}

fn pointers(answer: &Answer) -> Vec<&str> {
    answer.body["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect()
}

async fn post_raw(bank: &Bank, path: &str, key: Option<&str>, body: &str) -> Answer {
    let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    bank.send(Method::POST, path, &headers, Some(body.to_owned())).await
}

#[tokio::test]
async fn bad_bodies_keys_and_amounts_are_named_and_change_nothing() {
    let bank = Bank::of("customer-07").await;
    let account = bank.open("CHECKING", "100").await;
    let path = format!("/v1/accounts/{account}/deposits");

    check(&post_raw(&bank, &path, None, r#"{"amount":"1"}"#).await, 400, "idempotency_key_missing");
    check(
        &post_raw(&bank, &path, Some(&"k".repeat(129)), r#"{"amount":"1"}"#).await,
        400,
        "idempotency_key_invalid",
    );
    for body in ["", "{", "[]", "\"text\"", "null"] {
        check(&post_raw(&bank, &path, Some("bad"), body).await, 400, "malformed_request");
    }
    let wrong = bank.post(&path, json!({ "amount": "1", "memo": "?", "a/b": 1, "reference": 7 })).await;
    check(&wrong, 400, "malformed_request");
    assert_eq!(pointers(&wrong), ["/reference", "/a~1b", "/memo"]);
    let missing = bank.post("/v1/transfers", json!({ "amount": "1" })).await;
    check(&missing, 400, "malformed_request");
    assert_eq!(pointers(&missing), ["/from_account_id", "/to_account_id"]);

    let amounts: [Value; 13] = [
        json!(1),
        json!(1.5),
        json!("-1"),
        json!("+1"),
        json!("0"),
        json!("0.00"),
        json!("1e3"),
        json!("1,000"),
        json!(" 1"),
        json!("1."),
        json!(".5"),
        json!("1.001"),
        json!("1234567890123456789"),
    ];
    for amount in amounts {
        let answer = bank.post(&path, json!({ "amount": amount })).await;
        check(&answer, 400, "invalid_amount");
        assert_eq!(pointers(&answer), ["/amount"], "{amount}");
    }
    let long = bank.post(&path, json!({ "amount": "1", "reference": "x".repeat(141) })).await;
    check(&long, 400, "malformed_request");
    let huge = bank.post(&path, json!({ "amount": "1", "reference": "x".repeat(20_000) })).await;
    check(&huge, 413, "body_too_large");
    check(&bank.post(&path, json!({ "amount": "9999999999999999.99" })).await, 422, "balance_limit_exceeded");

    let after = bank.get(&format!("/v1/accounts/{account}?consistency=strong")).await;
    assert_eq!((after.version(), after.text("current_balance").as_str()), (1, "100.00"));
}

#[tokio::test]
async fn accounts_that_cannot_be_opened_are_not() {
    let bank = Bank::of("customer-07").await;
    let open = async |body: Value| bank.post("/v1/accounts", body).await;
    let little = open(json!({ "account_type": "CHECKING", "initial_deposit": "99.99" })).await;
    check(&little, 422, "minimum_deposit_not_met");
    assert_eq!(little.text("required"), "100.00");
    let unknown = open(json!({ "account_type": "PIGGYBANK", "initial_deposit": "100" })).await;
    check(&unknown, 422, "invalid_account_type");
    let yen =
        open(json!({ "account_type": "CHECKING", "initial_deposit": "100.5", "currency": "JPY" })).await;
    check(&yen, 400, "invalid_amount");
    let gold = open(json!({ "account_type": "CHECKING", "initial_deposit": "100", "currency": "XAU" })).await;
    check(&gold, 400, "malformed_request");
    assert_eq!(pointers(&gold), ["/currency"]);

    let id = new_key();
    let order = json!({ "account_id": id, "account_type": "CHECKING", "initial_deposit": "100" });
    assert_eq!(open(order.clone()).await.status.as_u16(), 201);
    check(&open(order).await, 409, "account_already_exists");
}

#[tokio::test]
async fn transfers_that_cannot_be_made_move_nothing() {
    let (bank, admin) = (Bank::of("customer-08").await, Bank::of("admin").await);
    let from = bank.open("CHECKING", "500").await;
    let open = json!({ "account_type": "CHECKING", "initial_deposit": "1000", "currency": "JPY" });
    let yen = bank.post("/v1/accounts", open).await.text("account_id");
    let to = async |to: &str| {
        bank.post("/v1/transfers", json!({ "from_account_id": from, "to_account_id": to, "amount": "10" }))
            .await
    };
    check(&to(&from).await, 422, "same_account_transfer");
    check(&to(&yen).await, 422, "currency_mismatch");
    let nobody = to("nobody").await;
    check(&nobody, 404, "account_not_found");
    assert_eq!(pointers(&nobody), ["/to_account_id"]);

    let reason = json!({ "reason": "court order" });
    check(&bank.post(&format!("/v1/accounts/{yen}/freeze"), reason.clone()).await, 403, "forbidden");
    check(&bank.post(&format!("/v1/accounts/{from}/close"), reason.clone()).await, 422, "balance_not_zero");
    check(
        &admin.post(&format!("/v1/accounts/{from}/unfreeze"), reason.clone()).await,
        422,
        "account_not_frozen",
    );
    assert_eq!(admin.post(&format!("/v1/accounts/{from}/freeze"), reason).await.status.as_u16(), 201);
    check(&to(&yen).await, 422, "account_inactive");
    let after = bank.get(&format!("/v1/accounts/{from}?consistency=strong")).await;
    assert_eq!((after.version(), after.text("current_balance").as_str()), (2, "500.00"));
}

#[tokio::test]
async fn another_version_than_the_accounts_is_refused() {
    let bank = Bank::of("alice").await;
    let account = bank.open("CHECKING", "100").await;
    let path = format!("/v1/accounts/{account}/deposits");
    let deposit = async |version: &str| {
        let key = new_key();
        let headers = [("idempotency-key", key.as_str()), ("if-match", version)];
        bank.send(Method::POST, &path, &headers, Some(json!({ "amount": "1" }).to_string())).await
    };
    check(&deposit("\"7\"").await, 412, "version_mismatch");
    check(&deposit("7").await, 400, "malformed_request");
    assert_eq!(deposit("\"1\"").await.version(), 2);
}

#[tokio::test]
async fn nobody_sees_or_uses_what_is_not_theirs() {
    let (bob, alice) = (Bank::of("bob").await, Bank::of("alice").await);
    let account = bob.open("CHECKING", "100").await;
    for absent in [account.as_str(), "never-opened", "no!such!id"] {
        let path = format!("/v1/accounts/{absent}");
        check(&alice.get(&path).await, 404, "account_not_found");
        check(&alice.get(&format!("{path}/balance")).await, 404, "account_not_found");
        check(&alice.get(&format!("{path}/transactions")).await, 404, "account_not_found");
        check(
            &alice.post(&format!("{path}/deposits"), json!({ "amount": "1" })).await,
            404,
            "account_not_found",
        );
    }
    let owner = bob.get(&format!("/v1/accounts/{account}?min_version=1")).await.text("user_id");
    check(&alice.get(&format!("/v1/accounts?user_id={owner}")).await, 403, "forbidden");

    let nobody = Bank::of_nobody();
    assert_eq!(nobody.get(&format!("/v1/accounts/{account}")).await.status.as_u16(), 401);
    assert_eq!(nobody.post("/v1/transfers", json!({})).await.status.as_u16(), 401);
    assert_eq!(nobody.get("/v1/health").await.body, json!({ "status": "ok" }));
}

#[tokio::test]
async fn bad_queries_paths_and_methods_are_named() {
    let bank = Bank::of("admin").await;
    let path = "/v1/accounts/cz-576";
    for query in [
        "transactions?page_size=0",
        "transactions?page_size=101",
        "transactions?page_number=0",
        "transactions?page_number=501",
        "transactions?from=yesterday",
        "transactions?type=GIFT",
        "transactions?order=up",
        "transactions?cursor=bogus",
        "transactions?cursor=e30&page_number=2",
        "transactions?colour=red",
        "transactions?page_size=1&page_size=2",
        "balance?at=1993",
        "balance?at=1993-01-01T00:00:00Z&version=1",
    ] {
        let answer = bank.get(&format!("{path}/{query}")).await;
        check(&answer, 400, "malformed_request");
        assert!(answer.body["errors"][0]["parameter"].is_string(), "{query}: {}", answer.body);
    }
    check(&bank.get(&format!("{path}?consistency=weak")).await, 400, "malformed_request");
    check(&bank.get("/v1/nothing").await, 404, "route_not_found");
    check(&bank.send(Method::DELETE, path, &[], None).await, 405, "method_not_allowed");
    check(&bank.get("/v1/transfers").await, 405, "method_not_allowed");
}
