//! Redis, OpenSearch and processes of each function are killed while eight clients move money: every command has one
//! effect, no read goes backwards, and in the end everything has converged.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod clients;
mod feed;
mod sender;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use bank::{
    Bank,
    clock::{now, pause},
    machine::run,
    outage::{FUNCTIONS, Killed, restart},
};
use clients::Clients;
use feed::Follower;
use sender::{Counts, Sender};

const BETWEEN_KILLS: Duration = Duration::from_millis(250);
const BETWEEN_OUTAGES: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// What is killed, in this order, and how many seconds it is away before it is started again.
const OUTAGES: [(&str, u32); 3] = [("redis", 2), ("opensearch", 3), ("redis", 0)];

/// How long it may take until everything has converged: a message that OpenSearch did not take comes again after 30
/// seconds on the local stack, and a segment of a rebuild whose worker has died after 60.
const CONVERGENCE: Duration = Duration::from_mins(5);

/// The rebuild whose worker is killed.
const REBUILDS: &str = "/v1/admin/projections/account-summary/rebuilds";

/// Every function in turn, until all is over.
async fn kill_functions(killed: &'static Mutex<Killed>, is_over: &AtomicBool) {
    for function in FUNCTIONS.into_iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        pause(BETWEEN_KILLS).await;
        spawn_blocking(move || killed.lock().unwrap().one_of(function)).await.unwrap();
    }
}

/// Begins to rebuild the summaries, and kills a worker as soon as there is one. Returns where the rebuild is.
async fn rebuild(admin: &Sender<'_>, killed: &'static Mutex<Killed>) -> String {
    let begun = admin.command(REBUILDS, &json!({ "workers": 4 })).await;
    for _ in 0..100 {
        if spawn_blocking(|| killed.lock().unwrap().one_of("RebuildWorker")).await.unwrap() {
            break;
        }
        pause(Duration::from_millis(20)).await;
    }
    format!("{REBUILDS}/{}", begun.text("rebuild_id"))
}

/// One outage after the other; then all is over.
async fn outages(is_over: &AtomicBool) {
    for (server, away_seconds) in OUTAGES {
        pause(BETWEEN_OUTAGES).await;
        spawn_blocking(move || restart(server, away_seconds)).await.unwrap();
    }
    pause(BETWEEN_OUTAGES).await;
    is_over.store(true, Ordering::Relaxed);
}

/// How far the projections are behind; `None` as long as nobody can say.
async fn lag(admin: &Sender<'_>) -> Option<u64> {
    let answer = admin.search("/v1/admin/projections").await?;
    let projections = answer.body["projections"].as_array().unwrap();
    Some(projections.iter().map(|one| one["lag"]["commits"].as_u64().unwrap()).sum())
}

async fn watch(admin: &Sender<'_>, follower: &mut Follower, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        lag(admin).await;
        follower.follow(admin).await;
        pause(BETWEEN_LOOKS).await;
    }
}

/// Until the projections say that they lack nothing, histories and feed have all that was acknowledged, and the
/// rebuild is completed.
async fn converged(admin: &Sender<'_>, clients: &Clients<'_>, follower: &mut Follower, rebuild: &str) {
    let (begun, acknowledged) = (now(), clients.acknowledged());
    loop {
        follower.follow(admin).await;
        let fed = follower.has(&acknowledged);
        let (lag, missing) = (lag(admin).await, clients.missing_in_history().await);
        let status = admin.read(rebuild).await.text("status");
        if lag == Some(0) && missing == 0 && fed == acknowledged.events.len() && status == "completed" {
            return;
        }
        assert!(
            begun.elapsed() < CONVERGENCE,
            "lag {lag:?}, {missing} transactions missing, {fed} of {} events in the feed, the rebuild is {status}",
            acknowledged.events.len()
        );
        pause(BETWEEN_LOOKS).await;
    }
}

/// Takes away what the rebuild has left.
async fn drop_earlier_generation(admin: &Sender<'_>, earlier: &Value) {
    let path = format!("/v1/admin/projections/account-summary/generations/{earlier}/drop");
    let id = admin.command(&path, &json!({})).await.text("rebuild_id");
    while admin.read(&format!("{REBUILDS}/{id}")).await.text("status") != "completed" {
        pause(BETWEEN_LOOKS).await;
    }
}

async fn generation(admin: &Sender<'_>) -> Value {
    let answer = admin.read("/v1/admin/projections").await;
    let projections = answer.body["projections"].as_array().unwrap();
    let summary = projections.iter().find(|one| one["projection"] == "account-summary").unwrap();
    summary["generations"]["read"].clone()
}

/// What the real command line says of all read models.
fn differences() -> Value {
    let printed = run("passbook", &["reconcile", "--check", "--json"]);
    serde_json::from_str::<Value>(&printed).unwrap()["differences"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_converges_though_servers_and_functions_are_killed() {
    static KILLED: Mutex<Killed> = Mutex::new(Killed::none());
    let counts = Counts::default();
    let admin = Sender { bank: Bank::of("admin").await, counts: &counts };
    let (clients, mut follower) = (Clients::open(&counts).await, Follower::default());
    let (earlier, is_over, begun) = (generation(&admin).await, AtomicBool::new(false), now());
    follower.follow(&admin).await;

    let (rebuild, ..) = tokio::join!(
        rebuild(&admin, &KILLED),
        clients.run(&is_over),
        kill_functions(&KILLED, &is_over),
        outages(&is_over),
        watch(&admin, &mut follower, &is_over),
    );
    println!("{:.1} s of outages: {counts}", begun.elapsed().as_secs_f32());
    let over = now();
    converged(&admin, &clients, &mut follower, &rebuild).await;
    println!("everything had converged {:.1} s after the last of them", over.elapsed().as_secs_f32());

    clients.check().await;
    assert_eq!(differences(), 0);
    drop_earlier_generation(&admin, &earlier).await;
    let killed = KILLED.lock().unwrap();
    println!("killed: {killed}; servers killed and started again: {OUTAGES:?}");
    for function in FUNCTIONS {
        assert!(killed.0.get(function) > Some(&0), "no process of {function} was killed");
    }
    // A supervisor answers for the dead.
    assert_eq!(counts.by_gateway(), 0, "{counts}");
}
