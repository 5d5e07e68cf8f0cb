//! The event feed: every event once, in the order of the journal, without a gap.

use std::collections::{BTreeMap, BTreeSet};

use bank::{Bank, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The whole feed as it is now, in small pages.
async fn feed(admin: &Bank) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = admin.get(&format!("/v1/events?after={after}&limit=83")).await.body;
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        after = page["next_after"].as_u64().unwrap();
        if page["has_more"] == json!(false) {
            return events;
        }
    }
}

#[tokio::test]
async fn every_event_is_in_the_feed_once_and_in_order() {
    let (alice, admin) = (Bank::of("customer-12").await, Bank::of("admin").await);
    let account = alice.open("CHECKING", "500.00").await;
    for amount in ["1.00", "2.00", "3.00"] {
        alice.post(&format!("/v1/accounts/{account}/deposits"), json!({ "amount": amount })).await;
    }
    let own = eventually("the feed has the account's four events", async || {
        let events = feed(&admin).await;
        let own: Vec<Value> =
            events.into_iter().filter(|event| event["account_id"] == json!(account)).collect();
        (own.len() >= 4).then_some(own)
    })
    .await;
    let trail = alice.get(&format!("/v1/accounts/{account}/events")).await.body;
    for (fed, audited) in own.iter().zip(trail["events"].as_array().unwrap()) {
        for (name, value) in audited.as_object().unwrap() {
            assert_eq!(&fed[name], value, "{name}");
        }
    }

    let events = feed(&admin).await;
    let positions: BTreeSet<u64> = events.iter().map(|event| event["position"].as_u64().unwrap()).collect();
    assert!(positions.iter().zip(1..).all(|(position, expected)| *position == expected), "a gap");
    let mut versions = BTreeMap::<String, u64>::new();
    for event in &events {
        let newest = versions.entry(event["stream"].as_str().unwrap().to_owned()).or_default();
        *newest += 1;
        assert_eq!(event["version"].as_u64(), Some(*newest), "{event}");
    }
}

#[tokio::test]
async fn the_feed_is_for_admins_and_says_what_it_takes() {
    let (alice, admin) = (Bank::of("alice").await, Bank::of("admin").await);
    let forbidden = alice.get("/v1/events").await;
    assert_eq!((forbidden.status, forbidden.text("code").as_str()), (StatusCode::FORBIDDEN, "forbidden"));
    for query in ["limit=0", "limit=501", "limit=x", "after=-1", "before=1"] {
        let answer = admin.get(&format!("/v1/events?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}
