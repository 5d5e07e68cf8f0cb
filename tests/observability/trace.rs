//! One transfer, from the API to each projection.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use bank::{Bank, eventually, new_key};

use crate::{ALONE, aws::passbook, trouble::CUSTOMER};

const PROJECTIONS: [&str; 4] = ["account-summary", "journal", "transaction-history", "analytics"];

fn of_kind<'a>(spans: &'a [Value], name: &str) -> Vec<&'a Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

fn commits(spans: &[&Value]) -> BTreeSet<String> {
    spans.iter().map(|span| span["attributes"]["passbook.commit"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_transfers_trace_has_its_commits_and_each_projection_of_both_with_its_lag() {
    let _alone = ALONE.lock().await;
    let bank = Bank::of(CUSTOMER).await;
    let (from, to) = (bank.open("CHECKING", "500.00").await, bank.open("CHECKING", "100.00").await);
    // A client that traces its requests by itself.
    let trace_id = new_key().replace('-', "");
    let (key, traceparent) = (new_key(), format!("00-{trace_id}-00f067aa0ba902b7-01"));
    let headers = [("idempotency-key", key.as_str()), ("traceparent", traceparent.as_str())];
    let transfer = json!({ "from_account_id": from, "to_account_id": to, "amount": "20.00" }).to_string();
    let done = bank.send(Method::POST, "/v1/transfers", &headers, Some(transfer)).await;
    assert_eq!(done.status, 201, "{}", done.body);
    let command_id = done.text("command_id");

    let complete = 3 + 2 * PROJECTIONS.len();
    let spans = eventually("the whole trace", async || {
        let spans = passbook(&["trace", &command_id, "--hours", "1"])?.as_array()?.clone();
        if spans.len() < complete {
            // On a busy machine the local stack takes up the last lines of a function with what it does next.
            bank.post(&format!("/v1/accounts/{from}/deposits"), json!({ "amount": "1.00" })).await;
        }
        (spans.len() >= complete).then_some(spans)
    })
    .await;

    let [request] = of_kind(&spans, "POST /v1/transfers")[..] else { panic!("{spans:#?}") };
    assert_eq!(
        (&request["trace_id"], &request["parent_span_id"]),
        (&json!(trace_id), &json!("00f067aa0ba902b7"))
    );
    assert_eq!(request["attributes"]["http.response.status_code"], "201");
    let appended = of_kind(&spans, "append commit");
    let both = commits(&appended);
    assert_eq!((appended.len(), both.len()), (2, 2), "{spans:#?}");
    for projection in PROJECTIONS {
        let projected = of_kind(&spans, &format!("project {projection}"));
        assert_eq!(commits(&projected), both, "{projection}: {spans:#?}");
        for span in projected {
            assert_eq!(span["parent_span_id"], request["span_id"], "{projection}");
            assert!(span["lag_ms"].as_u64().is_some_and(|lag| lag < 60_000), "{span:#?}");
        }
    }
    let all = serde_json::to_string(&spans).unwrap();
    assert!(![&from, &to].iter().any(|account| all.contains(account.as_str())), "an account is in the logs");
}
