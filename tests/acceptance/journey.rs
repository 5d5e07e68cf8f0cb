//! An account from its opening to its end.

use reqwest::Method;
use serde_json::json;

use bank::{Bank, eventually};

#[tokio::test]
async fn an_account_lives_from_its_opening_to_its_end() {
    let (bank, admin) = (Bank::of("customer-06").await, Bank::of("admin").await);
    let savings = bank.open("savings", "5000.00").await;
    let checking = bank.open("Checking", "100.00").await;
    let path = format!("/v1/accounts/{savings}");

    let deposited =
        bank.post(&format!("{path}/deposits"), json!({ "amount": "0.01", "reference": "a cent" })).await;
    assert_eq!((deposited.status.as_u16(), deposited.text("balance").as_str()), (201, "5000.01"));
    assert_eq!(deposited.etag.as_deref(), Some("\"2\""));
    let withdrawn = bank.post(&format!("{path}/withdrawals"), json!({ "amount": "1000.01" })).await;
    assert_eq!((withdrawn.text("fee").as_str(), withdrawn.text("balance").as_str()), ("5.00", "3995.00"));
    let order = json!({ "from_account_id": savings, "to_account_id": checking, "amount": "3993", "reference": "all" });
    let sent = bank.post("/v1/transfers", order).await;
    assert_eq!(sent.status.as_u16(), 201, "{}", sent.body);
    assert_eq!((sent.text("fee").as_str(), sent.body["from"]["balance"].as_str()), ("2.00", Some("0.00")));

    // What was just written is read at once by whoever says what it was.
    let fresh = bank.get(&format!("{path}?min_version=4")).await;
    assert_eq!((fresh.version(), fresh.text("current_balance").as_str()), (4, "0.00"));
    assert_eq!(fresh.etag.as_deref(), Some("\"4\""));
    assert_eq!(fresh.text("total_withdrawals"), "1005.01");
    assert_eq!(fresh.text("total_transfers_out"), "3995.00");
    assert_eq!(fresh.body["transaction_count_30days"], 4);

    let reason = json!({ "reason": "a good one" });
    assert_eq!(admin.post(&format!("{path}/freeze"), reason.clone()).await.text("status"), "FROZEN");
    let refused = bank.post(&format!("{path}/deposits"), json!({ "amount": "1" })).await;
    assert_eq!((refused.status.as_u16(), refused.text("code").as_str()), (422, "account_inactive"));
    assert_eq!(admin.post(&format!("{path}/unfreeze"), reason.clone()).await.text("status"), "ACTIVE");
    assert_eq!(bank.post(&format!("{path}/close"), reason).await.text("status"), "CLOSED");
    let closed = bank.get(&format!("{path}?consistency=strong")).await;
    assert_eq!((closed.version(), closed.body["is_active"].as_bool()), (7, Some(false)));

    let trail = bank.get(&format!("{path}/events?limit=4")).await.body;
    let types: Vec<_> =
        trail["events"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["AccountCreated", "MoneyDeposited", "MoneyWithdrawn", "MoneyTransferred"]);
    let withdrawal = &trail["events"][2];
    assert_eq!((withdrawal["version"].as_u64(), withdrawal["type_version"].as_u64()), (Some(3), Some(2)));
    assert_eq!(withdrawal["data"]["fee_rule"], "LARGE_SAVINGS_WITHDRAWAL");
    assert_eq!(withdrawal["command_id"], withdrawn.body["command_id"]);
    assert_eq!(trail["next_after_version"], 4);
    let rest = bank.get(&format!("{path}/events?after_version=4")).await.body;
    assert_eq!((rest["events"].as_array().unwrap().len(), rest["next_after_version"].is_null()), (3, true));
    let then = bank.get(&format!("{path}/state?version=5")).await.body;
    assert_eq!(
        (then["state"]["status"].as_str(), then["state"]["balance"].as_str()),
        (Some("FROZEN"), Some("0.00"))
    );
    assert_eq!(then["hash"], rest["events"][0]["hash"]);

    let mine = eventually("both accounts in the list", async || {
        let answer = bank.get("/v1/accounts").await;
        let accounts = answer.body["accounts"].as_array()?.clone();
        (accounts.len() == 2).then_some(accounts)
    });
    assert!(mine.await.iter().any(|account| account["account_id"] == checking.as_str()));
}

#[tokio::test]
async fn the_history_is_searched_by_type_amount_words_and_counterparty() {
    let bank = Bank::of("customer-08").await;
    let (account, other) = (bank.open("CHECKING", "1000").await, bank.open("CHECKING", "100").await);
    let path = format!("/v1/accounts/{account}");
    bank.post(&format!("{path}/deposits"), json!({ "amount": "20.50", "reference": "Rent of the flat" }))
        .await;
    bank.post(&format!("{path}/withdrawals"), json!({ "amount": "7" })).await;
    let order =
        json!({ "from_account_id": account, "to_account_id": other, "amount": "50", "reference": "rent" });
    let transfer = bank.post("/v1/transfers", order).await;
    bank.transactions(&account, 4).await;

    let count = async |query: &str| {
        bank.get(&format!("{path}/transactions?{query}")).await.body["total_count"].clone()
    };
    assert_eq!(count("").await, 4);
    assert_eq!(count("type=CREDIT").await, 2);
    assert_eq!(count("type=debit,transfer_out").await, 2);
    assert_eq!(count("min_amount=20.50&max_amount=50").await, 2);
    assert_eq!(count("min_amount=20.51").await, 2);
    assert_eq!(count("q=rent").await, 2);
    assert_eq!(count("reference=rent").await, 1);
    assert_eq!(count(&format!("counterparty={other}")).await, 1);
    assert_eq!(count("to=2020-01-01T00:00:00Z").await, 0);

    let id = transfer.body["from"]["transaction_id"].as_str().unwrap();
    let one = bank.get(&format!("{path}/transactions/{id}")).await;
    assert_eq!((one.text("type").as_str(), one.text("amount").as_str()), ("TRANSFER_OUT", "50.00"));
    assert_eq!((one.text("fee").as_str(), one.text("balance_after").as_str()), ("2.00", "961.50"));
    assert_eq!(bank.get(&format!("{path}/transactions/none")).await.text("code"), "transaction_not_found");
}

#[tokio::test]
async fn the_same_request_sent_twice_in_a_row_has_one_effect() {
    let bank = Bank::of("alice").await;
    let account = bank.open("CHECKING", "100").await;
    let path = format!("/v1/accounts/{account}/deposits");
    let send = async || {
        let body = json!({ "amount": "1" }).to_string();
        bank.send(Method::POST, &path, &[("idempotency-key", "once")], Some(body)).await
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(second.text("balance"), "101.00");

    let open = async || {
        let body = json!({ "account_type": "CHECKING", "initial_deposit": "100" }).to_string();
        bank.send(Method::POST, "/v1/accounts", &[("idempotency-key", "opened-once")], Some(body)).await
    };
    let first = open().await;
    let path = format!("/v1/accounts/{}/deposits", first.text("account_id"));
    bank.post(&path, json!({ "amount": "1" })).await;
    assert_eq!(open().await.body, first.body, "an account that is named by its command opens once");
}
