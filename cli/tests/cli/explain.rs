//! `passbook explain` over a stand-in that has an account of 250 events.

use serde_json::{Value, json};

use crate::{Bench, ends, fails, problem, stand_in::StandIn};

const NEWEST: u64 = 250;

/// Opened with 100.00, then 1.00 with each event.
fn event(version: u64) -> Value {
    let (name, data) = match version {
        1 => (
            "AccountCreated",
            json!({ "user_id": "alice", "account_type": "CHECKING", "initial_deposit": "100.00 EUR" }),
        ),
        _ => (
            "MoneyDeposited",
            json!({ "amount": "1.00 EUR", "balance_after": format!("{}.00 EUR", 99 + version) }),
        ),
    };
    json!({
        "version": version, "event_id": format!("e-{version}"), "type": name, "type_version": 1, "data": data,
        "timestamp": "2026-11-24T09:30:00Z", "recorded_at": "2026-11-24T09:30:01Z", "user_id": "alice",
        "command_id": format!("c-{version}"), "traceparent": null, "hash": "00",
    })
}

fn state(version: u64) -> Value {
    let state = json!({
        "user_id": "alice", "account_type": "CHECKING", "currency": "EUR",
        "balance": format!("{}.00", 99 + version), "status": "ACTIVE",
    });
    json!({ "account_id": "mine", "version": version, "state": state })
}

/// Pages as the API gives them.
fn events(query: &str) -> Value {
    let number = |name: &str| {
        let value = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        value.unwrap().parse::<u64>().unwrap()
    };
    let (after, limit) = (number("after_version"), number("limit"));
    assert!(limit <= 100, "{query}");
    let last = NEWEST.min(after + limit);
    let events: Vec<Value> = (after + 1..=last).map(event).collect();
    json!({ "events": events, "next_after_version": (last < NEWEST).then_some(last) })
}

fn api(is_admin: bool) -> StandIn {
    StandIn::start(move |request| {
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        match path {
            "GET /v1/accounts/mine/state" => (
                200,
                state(query.strip_prefix("version=").map_or(NEWEST, |version| version.parse().unwrap())),
            ),
            "GET /v1/accounts/mine/events" => (200, events(query)),
            "GET /v1/accounts/mine" => (200, json!({ "version": NEWEST })),
            "GET /v1/accounts/mine/transactions" => {
                (200, json!({ "transactions": [{ "version": 240 }], "total_count": 240 }))
            }
            path if !path.starts_with("GET /v1/admin/") => {
                problem(404, "account_not_found", "there is no account")
            }
            _ if !is_admin => problem(403, "forbidden", "only an admin may do this"),
            "GET /v1/admin/projections" => {
                let state = |projection: &str| {
                    json!({
                        "projection": projection, "position": 900, "lag": { "commits": 10, "is_at_least": false },
                        "parked": { "accounts": 1, "is_at_least": false }, "generations": { "read": 1 },
                    })
                };
                (200, json!({ "projections": [state("account-summary"), state("transaction-history")] }))
            }
            _ => {
                let parked = json!({
                    "id": "transaction-history:mine", "projection": "transaction-history", "account_id": "mine",
                    "version": 241, "reason": "an unknown event", "parked_at": "2026-11-24T10:00:00Z",
                });
                (200, json!({ "parked": [parked], "next_cursor": null }))
            }
        }
    })
}

#[test]
fn a_document_has_every_event_once_and_every_projection() {
    let api = api(true);
    let bench = Bench::new("explain-json", &api.url);
    let (printed, _) = ends(&mut bench.on_its_stack(&["explain", "mine", "--all", "--json"]), 0);
    let document: Value = serde_json::from_str(&printed).unwrap();
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), 250);
    assert!((1..).zip(events).all(|(version, event)| event["version"] == json!(version)));
    assert_eq!(
        (&events[1]["balance_before"], &events[1]["balance_after"]),
        (&json!("100.00"), &json!("101.00"))
    );
    assert_eq!((&events[1]["change"], &events[1]["command_id"]), (&json!("1.00"), &json!("c-2")));
    let [summary, history, journal] = document["projections"].as_array().unwrap().as_slice() else {
        panic!("{document}")
    };
    assert_eq!((&summary["state"], &summary["whole"]["lag"]["commits"]), (&json!("up_to_date"), &json!(10)));
    assert_eq!((&history["state"], &history["parked"]["version"]), (&json!("parked"), &json!(241)));
    assert_eq!((&history["transactions"], &history["expected_transactions"]), (&json!(240), &json!(250)));
    assert_eq!(journal["projection"], "journal");
}

#[test]
fn people_are_told_where_it_stopped_and_what_to_do() {
    let api = api(true);
    let bench = Bench::new("explain-admin", &api.url);
    let (told, _) = ends(&mut bench.on_its_stack(&["explain", "mine", "--last", "2"]), 0);
    assert!(
        told.contains(
            "   249  2026-11-24T09:30:00Z         MoneyDeposited             +1.00  balance 347.00 → 348.00"
        ),
        "{told}"
    );
    assert!(told.contains("by alice, command c-250, recorded 2026-11-24T09:30:01Z"), "{told}");
    assert!(!told.contains("c-248"), "{told}");
    assert!(
        told.contains(
            "transaction-history is parked at version 241 since 2026-11-24T10:00:00Z: an unknown event"
        ),
        "{told}"
    );
    assert!(told.contains("passbook redrive transaction-history:mine"), "{told}");
    assert!(told.contains("10 behind position 900, 1 parked, generation 1"), "{told}");
}

#[test]
fn who_is_no_admin_is_told_what_only_an_admin_sees() {
    let api = api(false);
    let bench = Bench::new("explain-owner", &api.url);
    let (told, _) = ends(&mut bench.on_its_stack(&["explain", "mine"]), 0);
    assert!(told.contains("versions 1 to 50 of 250: go on with --from-version 51, or --all"), "{told}");
    assert!(told.contains("only an admin sees this"), "{told}");
    assert!(told.contains("version 240 of 250"), "{told}");
    assert!(told.contains("transaction-history is behind: look again in some seconds"), "{told}");
}

#[test]
fn an_account_or_version_that_is_not_there_is_said() {
    let api = api(false);
    let bench = Bench::new("explain-none", &api.url);
    fails(&mut bench.on_its_stack(&["explain", "yours"]), 4, "there is no account");
    let late = ["explain", "mine", "--from-version", "251"];
    fails(
        &mut bench.on_its_stack(&late),
        2,
        "the account is at version 250: nothing has happened from 251 on",
    );
}
