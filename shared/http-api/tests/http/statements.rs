//! Statements and exports, over events in memory.

use std::sync::Arc;

use application::{
    commands::{Caller, Commands},
    queries::Queries,
};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use http_api::{command_routes, query_routes, router};
use serde_json::{Value, json};
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

use crate::{
    conditional::{NoHistory, OneAccount},
    send,
};

const DAY: i64 = 24 * 60 * 60;

/// An account that was opened on the first of January, used in February, and once in March.
async fn bank() -> (MemoryEventStore, TestEnvironment) {
    let (store, environment) = (MemoryEventStore::default(), TestEnvironment::default());
    let router = router(command_routes(Arc::new(Commands::new(store.clone(), environment.clone()))));
    let open = |account, account_type, initial_deposit| json!({ "account_id": account, "account_type": account_type, "initial_deposit": initial_deposit });
    let requests = [
        (0, "/v1/accounts", open("a", "SAVINGS", "5000")),
        (0, "/v1/accounts", open("b", "CHECKING", "100")),
        (31, "/v1/accounts/a/deposits", json!({ "amount": "50.25", "reference": "=HYPERLINK(\"x\")" })),
        (13, "/v1/accounts/a/withdrawals", json!({ "amount": "2000", "reference": "a, \"b\"" })),
        (14, "/v1/transfers", json!({ "from_account_id": "a", "to_account_id": "b", "amount": "1.00" })),
        (1, "/v1/accounts/a/deposits", json!({ "amount": "7.00" })),
    ];
    for (number, (days, path, body)) in requests.into_iter().enumerate() {
        environment.advance(days * DAY);
        let answered = send(router.clone(), &number.to_string(), "r", path, &body.to_string()).await;
        assert_eq!(answered.status.as_u16(), 201, "{}", answered.body);
    }
    (store, environment)
}

async fn get_as(user: &str, path: &str) -> (u16, HeaderMap, String) {
    let (store, environment) = bank().await;
    let queries = Queries::new(store, OneAccount, NoHistory, environment);
    let caller = Caller { user_id: user.parse().unwrap(), is_admin: false };
    let request = Request::get(path).extension(caller).body(Body::empty()).unwrap();
    let response = router(query_routes(Arc::new(queries))).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn get(path: &str) -> (u16, HeaderMap, String) {
    get_as("alice", path).await
}

async fn statement(month: &str) -> Value {
    let (status, _, body) = get(&format!("/v1/accounts/a/statements/{month}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_statement_leads_from_what_the_account_held_before_the_month_to_what_it_held_after_it() {
    let january = statement("2026-01").await;
    assert_eq!(
        (&january["opening_balance"], &january["closing_balance"]),
        (&json!("0.00"), &json!("5000.00"))
    );
    assert_eq!((&january["opening_version"], &january["closing_version"]), (&json!(0), &json!(1)));
    assert_eq!(january["fees"], "0.00");
    let february = statement("2026-02").await;
    assert_eq!(
        (&february["opening_balance"], &february["closing_balance"]),
        (&json!("5000.00"), &json!("3042.25"))
    );
    assert_eq!(february["lines"].as_array().unwrap().len(), 3);
    assert_eq!(february["fees"], "7.00");
    let totals = json!([
        { "type": "CREDIT", "transactions": 1, "amount": "50.25", "fee": "0.00" },
        { "type": "DEBIT", "transactions": 1, "amount": "2000.00", "fee": "5.00" },
        { "type": "TRANSFER_OUT", "transactions": 1, "amount": "1.00", "fee": "2.00" },
    ]);
    assert_eq!(february["totals"], totals);
    let is_final = [
        january["is_final"].clone(),
        february["is_final"].clone(),
        statement("2026-03").await["is_final"].clone(),
    ];
    assert_eq!(is_final, [true, false, false], "the first of March is a few milliseconds old");
}

#[tokio::test]
async fn there_is_no_statement_before_the_first_month_nor_after_this_one_nor_for_others() {
    for month in ["2025-12", "2026-04", "2026-13", "0000-01", "9999-12", "2026-1", "now"] {
        let (status, _, body) = get(&format!("/v1/accounts/a/statements/{month}")).await;
        assert_eq!(status, 404, "{month}: {body}");
        assert!(body.contains(r#""code":"statement_not_found""#), "{body}");
    }
    let (_, _, of_others) = get_as("bob", "/v1/accounts/a/statements/2026-02").await;
    let (_, _, of_none) = get_as("bob", "/v1/accounts/c/statements/2026-02").await;
    assert_eq!(of_others.replace("/a/", "/c/").replace("account a", "account c"), of_none);
}

#[tokio::test]
async fn the_changes_of_a_table_lead_from_the_opening_to_the_closing_balance() {
    let (status, headers, table) = get("/v1/accounts/a/statements/2026-02?format=csv").await;
    assert_eq!(status, 200, "{table}");
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(headers["content-disposition"], "attachment; filename=\"a-2026-02.csv\"");
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines[1], ",2026-02-01T00:00:00Z,OPENING_BALANCE,,,,,,,5000.00,USD,1");
    assert!(lines[2].contains(r#","'=HYPERLINK(""x"")","#), "{}", lines[2]);
    assert!(lines[3].contains(r#","a, ""b""",,2000.00,5.00,-2005.00,3045.25,USD,3"#), "{}", lines[3]);
    assert!(lines[4].ends_with(",b,1.00,2.00,-3.00,3042.25,USD,4"), "{}", lines[4]);
    assert_eq!(lines[5], ",2026-03-01T00:00:00Z,CLOSING_BALANCE,,,,,,,3042.25,USD,4");
}

#[tokio::test]
async fn the_parts_of_an_export_are_one_file() {
    for format in ["jsonl", "csv"] {
        let (_, headers, whole) = get(&format!("/v1/accounts/a/export?format={format}")).await;
        assert!(!headers.contains_key("link"));
        let (mut path, mut parts) = (format!("/v1/accounts/a/export?format={format}&limit=2"), String::new());
        let mut count = 0;
        loop {
            let (status, headers, part) = get(&path).await;
            assert_eq!(status, 200, "{part}");
            parts += &part;
            count += 1;
            let Some(link) = headers.get("link") else { break };
            let link = link.to_str().unwrap();
            path = link.strip_prefix('<').unwrap().split_once(">; rel=\"next\"").unwrap().0.to_owned();
        }
        assert_eq!((parts, count), (whole, 3), "{format}");
    }
}
