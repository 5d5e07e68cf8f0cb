//! Both read models are rebuilt while eight clients write and read: no read fails or goes backwards, and afterwards
//! every sum is exact.
//!
//! `PASSBOOK_REBUILD_EVENTS` says of how many events; `cargo xtask bench rebuild` sets it, and then they are rebuilt by fewer
//! workers too, with nobody else at work.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod bulk;
mod clients;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use bank::{
    Bank,
    clock::{now, pause},
    machine::run,
    setting,
};
use bulk::Bulk;
use clients::Clients;

const EVENTS_DEFAULT: usize = 2_000;
const PROJECTIONS: [&str; 2] = ["account-summary", "transaction-history"];
const WORKERS: u32 = 4;
const FEWER_WORKERS: [u32; 2] = [1, 2];
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// How long anything here may stand still.
const STANDSTILL: Duration = Duration::from_mins(5);

/// A projection has one rebuild at a time, and so has whoever tests it.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn projection(admin: &Bank, name: &str) -> Value {
    let answer = admin.get("/v1/admin/projections").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let all = answer.body["projections"].as_array().unwrap();
    all.iter().find(|one| one["projection"] == name).unwrap().clone()
}

/// Until the projectors have come up with the journal, and the journal has everything.
async fn caught_up(admin: &Bank, events: usize) {
    let (mut last, mut moved_at) = (Value::Null, now());
    loop {
        let states = [projection(admin, PROJECTIONS[0]).await, projection(admin, PROJECTIONS[1]).await];
        let is_there = |state: &Value| {
            state["lag"]["commits"] == 0 && state["position"].as_u64() >= u64::try_from(events).ok()
        };
        if states.iter().all(is_there) {
            return;
        }
        let seen = json!(states);
        if seen != last {
            (last, moved_at) = (seen, now());
        }
        assert!(moved_at.elapsed() < STANDSTILL, "the projectors do not catch up: {last}");
        pause(BETWEEN_LOOKS).await;
    }
}

/// Rebuilds, and says how long it took.
async fn rebuild(admin: &Bank, name: &str, order: Value) -> (Value, Duration) {
    let begun = now();
    let answer = admin.post(&format!("/v1/admin/projections/{name}/rebuilds"), order).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let path = format!("/v1/admin/projections/{name}/rebuilds/{}", answer.text("rebuild_id"));
    followed(admin, &path, begun).await
}

/// The same of everything.
async fn whole(admin: &Bank, name: &str, order: Value, events: usize) -> Value {
    let (state, took) = rebuild(admin, name, order).await;
    let (done, seconds) = (state["done"].as_u64().unwrap(), took.as_secs_f64());
    assert!(done >= u64::try_from(events).unwrap() && state["unreadable"] == 0, "{state}");
    let workers = &state["workers"];
    println!("{name} by {workers}: {done} commits in {seconds:.1} s");
    state
}

async fn followed(admin: &Bank, path: &str, begun: Instant) -> (Value, Duration) {
    let (mut done, mut moved_at) = (0, now());
    loop {
        let state = admin.get(path).await.body;
        match state["status"].as_str().unwrap() {
            "completed" => return (state, begun.elapsed()),
            "running" => {}
            other => panic!("the rebuild is {other}: {state}"),
        }
        if state["done"].as_u64().unwrap() > done {
            (done, moved_at) = (state["done"].as_u64().unwrap(), now());
        }
        assert!(moved_at.elapsed() < STANDSTILL, "the rebuild stands still: {state}");
        pause(BETWEEN_LOOKS).await;
    }
}

async fn generation(admin: &Bank, name: &str, what: &str, generation: &Value) -> Value {
    let path = format!("/v1/admin/projections/{name}/generations/{generation}/{what}");
    let begun = now();
    loop {
        let answer = admin.post(&path, json!({})).await;
        // Queries may be at it for half a minute after they were led elsewhere.
        if answer.status != StatusCode::CONFLICT || answer.text("code") != "generation_in_use" {
            assert!(answer.status.is_success(), "{}", answer.body);
            return answer.body;
        }
        assert!(begun.elapsed() < STANDSTILL, "generation {generation} stays in use");
        pause(BETWEEN_LOOKS).await;
    }
}

/// How many accounts of a currency there were at a time, and what they held.
async fn sum_at(admin: &Bank, until: &str, currency: &str) -> (u64, Decimal) {
    let (state, _) = rebuild(admin, PROJECTIONS[0], json!({ "until": until })).await;
    assert_ne!(projection(admin, PROJECTIONS[0]).await["generations"]["read"], state["generation"]);
    drop_generation(admin, PROJECTIONS[0], &state["generation"]).await;
    let total = state["totals"].as_array().unwrap().iter().find(|total| total["currency"] == currency);
    total.map_or_else(Default::default, |total| {
        (total["accounts"].as_u64().unwrap(), total["balance"].as_str().unwrap().parse().unwrap())
    })
}

async fn drop_generation(admin: &Bank, name: &str, earlier: &Value) {
    let dropped = generation(admin, name, "drop", earlier).await;
    let id = dropped["rebuild_id"].as_str().unwrap();
    followed(admin, &format!("/v1/admin/projections/{name}/rebuilds/{id}"), now()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_read_models_are_rebuilt_while_clients_write_and_read() {
    let _alone = ALONE.lock().await;
    let measured = setting("PASSBOOK_REBUILD_EVENTS").map(|text| text.parse().unwrap());
    let events = measured.unwrap_or(EVENTS_DEFAULT);
    let (admin, bulk) = (Bank::of("admin").await, Bulk::of(events));
    let begun = now();
    run("passbook", &["import", bulk.file().to_str().unwrap(), "--concurrency", "16"]);
    println!("{events} events imported in {:.1} s", begun.elapsed().as_secs_f32());
    caught_up(&admin, events).await;
    println!("projected {:.1} s after the first of them", begun.elapsed().as_secs_f32());

    let (clients, is_over) = (Clients::open().await, AtomicBool::new(false));
    let rebuilt = async {
        let mut earlier = Vec::new();
        for name in PROJECTIONS {
            earlier.push(projection(&admin, name).await["generations"]["read"].clone());
            let state = whole(&admin, name, json!({ "workers": WORKERS }), events).await;
            let now = projection(&admin, name).await["generations"].clone();
            assert_eq!(now["read"], state["generation"], "the new generation is read");
            // Back, and forwards again, while clients go on.
            generation(&admin, name, "read", earlier.last().unwrap()).await;
            pause(BETWEEN_LOOKS).await;
            generation(&admin, name, "read", &state["generation"]).await;
        }
        is_over.store(true, Ordering::Relaxed);
        earlier
    };
    let (counts, earlier) = tokio::join!(clients.run(&is_over), rebuilt);
    println!("clients meanwhile: {counts}");

    caught_up(&admin, events).await;
    clients.check().await;
    bulk.check(&admin).await;
    for (name, earlier) in PROJECTIONS.into_iter().zip(earlier) {
        drop_generation(&admin, name, &earlier).await;
        let written = projection(&admin, name).await["generations"]["written"].clone();
        assert!(!written.as_array().unwrap().contains(&earlier), "generation {earlier} is gone: {written}");
    }
    bulk.check(&admin).await;
    let checked = run("passbook", &["reconcile", "--check", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&checked).unwrap()["differences"], 0, "{checked}");

    if measured.is_some() {
        for (name, workers) in PROJECTIONS.into_iter().flat_map(|name| FEWER_WORKERS.map(|few| (name, few))) {
            whole(&admin, name, json!({ "workers": workers, "switch": false }), events).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_bank_as_of_a_time_has_the_sums_of_that_time() {
    let _alone = ALONE.lock().await;
    let (admin, bulk) = (Bank::of("admin").await, Bulk::of_another_bank());
    // On a stack where this has run before there is something already.
    let mut before = Vec::new();
    for until in bulk.times() {
        before.push(sum_at(&admin, &until, bulk.currency).await);
    }
    run("passbook", &["import", bulk.file().to_str().unwrap()]);
    for (until, (accounts_before, balance_before)) in bulk.times().iter().zip(before) {
        let (accounts, balance) = bulk.sum_at(until);
        let expected = (accounts_before + accounts, balance_before + balance);
        assert_eq!(sum_at(&admin, until, bulk.currency).await, expected, "as of {until}");
    }
}

#[tokio::test]
async fn rebuilds_are_for_admins_and_say_what_is_wrong() {
    let (admin, customer) = (Bank::of("admin").await, Bank::of("customer-01").await);
    let rebuilds = "/v1/admin/projections/account-summary/rebuilds";
    for (bank, path, body, status, code) in [
        (&customer, rebuilds, json!({}), 403, "forbidden"),
        (&admin, "/v1/admin/projections/other/rebuilds", json!({}), 404, "projection_not_found"),
        (&admin, "/v1/admin/projections/journal/rebuilds", json!({}), 422, "not_rebuildable"),
        (&admin, rebuilds, json!({ "workers": 0 }), 400, "malformed_request"),
        (&admin, rebuilds, json!({ "workers": 65 }), 400, "malformed_request"),
        (&admin, rebuilds, json!({ "until": "yesterday" }), 400, "malformed_request"),
        (&admin, rebuilds, json!({ "from_position": 0 }), 400, "malformed_request"),
        (&admin, rebuilds, json!({ "from_position": 1, "switch": true }), 400, "malformed_request"),
        (&admin, rebuilds, json!({ "speed": "high" }), 400, "malformed_request"),
        (
            &admin,
            "/v1/admin/projections/account-summary/generations/99/read",
            json!({}),
            404,
            "generation_not_found",
        ),
        (
            &admin,
            "/v1/admin/projections/account-summary/generations/99/drop",
            json!({}),
            404,
            "generation_not_found",
        ),
    ] {
        let answer = bank.post(path, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.text("code").as_str()), (status, code), "{path} {body}");
        assert_eq!(answer.content_type, "application/problem+json");
    }
    let unknown = admin.get(&format!("{rebuilds}/00000000-0000-0000-0000-000000000000")).await;
    assert_eq!((unknown.status.as_u16(), unknown.text("code").as_str()), (404, "rebuild_not_found"));
    assert_eq!(customer.get("/v1/admin/projections").await.status, StatusCode::FORBIDDEN);
}
