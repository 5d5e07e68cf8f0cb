//! The sums of the analytics, through the API: what was done, to the last digit.

use std::collections::BTreeMap;

use bank::{Bank, eventually};
use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::analytics_files::{decimal, passbook_sql};

/// More than the real transactions of 1993 span.
const OF_1993: &str = "from=1993-01-01T00:00:00Z&to=1994-01-01T00:00:00Z";

#[tokio::test]
async fn the_sums_of_the_api_are_those_of_the_events() {
    let admin = Bank::of("admin").await;
    let names = [("CREDIT", "AccountCreated"), ("CREDIT", "MoneyDeposited"), ("DEBIT", "MoneyWithdrawn")];
    let mut expected = BTreeMap::<&str, (u64, Decimal, Decimal)>::new();
    let events = passbook_sql(
        "SELECT event_type, count(*) AS n, sum(amount) AS amount, sum(fee) AS fee FROM events
         WHERE currency = 'CZK' AND timestamp < TIMESTAMP '1994-01-01 00:00:00' GROUP BY event_type",
    );
    for row in &events {
        let name = names.iter().find(|(_, event)| row["event_type"] == *event).unwrap().0;
        let sum = expected.entry(name).or_default();
        let n: u64 = row["n"].as_str().unwrap().parse().unwrap();
        *sum = (sum.0 + n, sum.1 + decimal(&row["amount"]), sum.2 + decimal(&row["fee"]));
    }
    let volumes = admin.get(&format!("/v1/analytics/daily-volumes?{OF_1993}")).await;
    assert_eq!(volumes.status, StatusCode::OK, "{}", volumes.body);
    let mut summed = BTreeMap::<&str, (u64, Decimal, Decimal)>::new();
    for volume in volumes.body["volumes"].as_array().unwrap() {
        assert_eq!(volume["currency"], "CZK");
        assert!(volume["date"].as_str().unwrap().starts_with("1993-"), "{volume}");
        assert!(volume["account_type"].is_string(), "{volume}");
        let sum = summed.entry(volume["type"].as_str().unwrap()).or_default();
        let n = volume["transactions"].as_u64().unwrap();
        *sum = (sum.0 + n, sum.1 + decimal(&volume["amount"]), sum.2 + decimal(&volume["fee"]));
    }
    assert_eq!(summed, expected);

    let top = admin.get(&format!("/v1/analytics/top-accounts?{OF_1993}&limit=100")).await.body;
    let top = top["accounts"].as_array().unwrap();
    let total: Decimal = top.iter().map(|account| decimal(&account["amount"])).sum();
    assert_eq!(total, expected.values().map(|(_, amount, _)| amount).sum::<Decimal>());
    assert!(top.is_sorted_by(|a, b| decimal(&a["amount"]) >= decimal(&b["amount"])), "{top:?}");
    let active = admin.get(&format!("/v1/analytics/active-accounts?{OF_1993}")).await.body;
    let accounts = active["active_accounts"].as_array().unwrap().iter();
    assert_eq!(accounts.map(|one| one["accounts"].as_u64().unwrap()).sum::<u64>(), top.len() as u64);
}

#[tokio::test]
async fn what_is_done_now_is_in_the_sums_of_today() {
    // No other account of this test's bank is in Swiss francs.
    let (bank, admin) = (Bank::of("customer-11").await, Bank::of("admin").await);
    let body =
        json!({ "account_type": "SAVINGS", "initial_deposit": "9999999999999000.07", "currency": "CHF" });
    let account = bank.post("/v1/accounts", body).await.text("account_id");
    let path = format!("/v1/accounts/{account}");
    for _ in 0..3 {
        bank.post(&format!("{path}/deposits"), json!({ "amount": "0.01" })).await;
    }
    bank.post(&format!("{path}/withdrawals"), json!({ "amount": "1000.01" })).await;
    let of_francs = |answer: &Value, list: &str| {
        let all = answer[list].as_array().unwrap().iter();
        all.filter(|one| one["currency"] == "CHF").cloned().collect::<Vec<_>>()
    };
    let volumes = eventually("the sums of today", async || {
        let answer = admin.get("/v1/analytics/daily-volumes").await.body;
        let volumes = of_francs(&answer, "volumes");
        let count: u64 = volumes.iter().map(|volume| volume["transactions"].as_u64().unwrap()).sum();
        (count == 5).then_some(volumes)
    })
    .await;
    let sums: Vec<_> = volumes
        .iter()
        .map(|one| {
            [&one["type"], &one["account_type"], &one["transactions"], &one["amount"], &one["fee"]]
                .map(Value::to_string)
                .join(" ")
        })
        .collect();
    assert_eq!(
        sums,
        [r#""CREDIT" "SAVINGS" 4 "9999999999999000.10" "0.00""#, r#""DEBIT" "SAVINGS" 1 "1000.01" "5.00""#]
    );
    let top = admin.get("/v1/analytics/top-accounts?by=count").await.body;
    let [first] = of_francs(&top, "accounts").try_into().unwrap();
    assert_eq!(
        (first["account_id"].as_str(), first["transactions"].as_u64()),
        (Some(account.as_str()), Some(5))
    );
    assert_eq!(first["amount"], "10000000000000000.11");
    let fees = admin.get("/v1/analytics/fees").await.body;
    let [fee] = of_francs(&fees, "fees").try_into().unwrap();
    assert_eq!(
        (&fee["type"], &fee["fee"], &fee["transactions"]),
        (&json!("DEBIT"), &json!("5.00"), &json!(1))
    );
    let active = admin.get("/v1/analytics/active-accounts").await.body;
    assert_eq!(of_francs(&active, "active_accounts")[0]["accounts"], 1);
}

#[tokio::test]
async fn the_analytics_are_for_admins_and_say_what_they_take() {
    let (customer, admin) = (Bank::of("customer-11").await, Bank::of("admin").await);
    for name in ["daily-volumes", "top-accounts", "fees", "active-accounts"] {
        let path = format!("/v1/analytics/{name}");
        let forbidden = customer.get(&path).await;
        assert_eq!((forbidden.status, forbidden.text("code").as_str()), (StatusCode::FORBIDDEN, "forbidden"));
        for query in ["from=yesterday", "to=x", "from=2020-01-01T00:00:00Z&to=2021-01-02T00:00:01Z", "day=1"]
        {
            let answer = admin.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}?{query}");
            assert_eq!(answer.content_type, "application/problem+json");
        }
        let nothing = admin.get(&format!("{path}?from=1900-01-01T00:00:00Z&to=1900-02-01T00:00:00Z")).await;
        assert_eq!(nothing.status, StatusCode::OK, "{}", nothing.body);
    }
    for query in ["limit=0", "limit=101", "by=name"] {
        let answer = admin.get(&format!("/v1/analytics/top-accounts?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}
