//! Two hundred commands, each sent by twenty at once, while the function that does them is killed again and again.

#![expect(clippy::print_stdout, reason = "the figures of a run are worth reading")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use bank::{
    Answer, Bank,
    clock::pause,
    machine::{kill, processes},
    new_key,
};

const KEYS: usize = 200;
const SENDERS: usize = 20;
const ACCOUNTS: usize = 5;
/// How many keys are at work at a time.
const KEYS_AT_ONCE: usize = 20;
/// Each is a process on the local stack; with more of them the machine does nothing but start processes.
const REQUESTS_AT_ONCE: usize = 30;
const BETWEEN_KILLS: Duration = Duration::from_millis(400);

/// One request that is sent by many.
struct Order {
    key: String,
    path: String,
    body: Value,
}

/// How often a sender was told what.
#[derive(Default)]
struct Counts {
    in_flight: AtomicUsize,
    contended: AtomicUsize,
    /// Its function's process ended with the request in it.
    cut_off: AtomicUsize,
    unavailable: AtomicUsize,
}

fn orders(accounts: &[String]) -> Vec<Order> {
    let account = |number: usize| &accounts[number % accounts.len()];
    let order = |number: usize| {
        let amount = format!("{}.00", number % 7 + 1);
        let (path, body) = match number % 4 {
            0 => (format!("/v1/accounts/{}/deposits", account(number / 4)), json!({ "amount": amount })),
            1 => (format!("/v1/accounts/{}/withdrawals", account(number / 4)), json!({ "amount": amount })),
            2 => {
                let (from, to) = (account(number / 4), account(number / 4 + 1));
                let body = json!({ "from_account_id": from, "to_account_id": to, "amount": amount });
                ("/v1/transfers".to_owned(), body)
            }
            _ => (
                format!("/v1/accounts/{}/withdrawals", account(number / 4)),
                json!({ "amount": "900000.00" }),
            ),
        };
        Order { key: new_key(), path, body }
    };
    (0..KEYS).map(order).collect()
}

/// The user's accounts and their versions; on a stack where this has run before they are there already.
async fn accounts(bank: &Bank) -> BTreeMap<String, u64> {
    let existing = bank.get("/v1/accounts").await.body["accounts"].as_array().unwrap().clone();
    let id = |account: &Value| account["account_id"].as_str().unwrap().to_owned();
    let mut accounts: Vec<String> = existing.iter().map(id).collect();
    while accounts.len() < ACCOUNTS {
        accounts.push(bank.open("CHECKING", "10000.00").await);
    }
    join_all(accounts.into_iter().map(async |account| {
        let version = version(bank, &account).await;
        (account, version)
    }))
    .await
    .into_iter()
    .collect()
}

/// What the events themselves say.
async fn version(bank: &Bank, account: &str) -> u64 {
    bank.get(&format!("/v1/accounts/{account}/balance")).await.version()
}

/// Sends until there is an answer that stays.
async fn answer(bank: &Bank, order: &Order, requests: &Semaphore, counts: &Counts) -> Answer {
    loop {
        let permit = requests.acquire().await.unwrap();
        let answer = bank.post_as(&order.key, &order.path, &order.body).await;
        drop(permit);
        let counter = match answer.status {
            StatusCode::CONFLICT if answer.text("code") == "command_in_flight" => &counts.in_flight,
            StatusCode::CONFLICT => &counts.contended,
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.retry_after.is_some(), "{answer:?}");
                assert_eq!(answer.content_type, "application/problem+json", "{answer:?}");
                assert!(answer.has_request_id, "{answer:?}");
                assert_eq!(answer.text("code"), "unavailable", "{answer:?}");
                assert_eq!(answer.text("instance"), order.path, "{answer:?}");
                let is_cut_off = answer.text("detail").starts_with("the request was cut off");
                if is_cut_off { &counts.cut_off } else { &counts.unavailable }
            }
            status => {
                assert!(!status.is_server_error(), "{answer:?}");
                return answer;
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        pause(Duration::from_secs(1)).await;
    }
}

/// Kills one of the processes that do the command function's work.
fn kill_one() -> usize {
    usize::from(processes("CommandApi").first().is_some_and(|id| kill(id)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_keys_by_twenty_senders_have_two_hundred_effects_though_functions_are_killed() {
    let bank = Bank::of("customer-11").await;
    let mut expected = accounts(&bank).await;
    let accounts: Vec<String> = expected.keys().cloned().collect();
    let (orders, counts) = (orders(&accounts), Counts::default());

    let is_done = AtomicBool::new(false);
    let killer = async {
        let mut killed = 0;
        while !is_done.load(Ordering::Relaxed) {
            pause(BETWEEN_KILLS).await;
            killed += tokio::task::spawn_blocking(kill_one).await.unwrap();
        }
        killed
    };
    let (keys, requests) = (Semaphore::new(KEYS_AT_ONCE), Semaphore::new(REQUESTS_AT_ONCE));
    let senders = async {
        let answers = join_all(orders.iter().map(async |order| {
            let _permit = keys.acquire().await.unwrap();
            join_all((0..SENDERS).map(|_| answer(&bank, order, &requests, &counts))).await
        }))
        .await;
        is_done.store(true, Ordering::Relaxed);
        answers
    };
    let (answers, killed) = tokio::join!(senders, killer);

    for (order, answers) in orders.iter().zip(&answers) {
        for answer in answers {
            assert_eq!((answer.status, &answer.body), (answers[0].status, &answers[0].body), "{}", order.key);
        }
        // The first answer may have died with its function; then all there are say that they are a replay.
        assert!(answers.iter().filter(|answer| !answer.is_replay).count() <= 1, "{}", order.key);
        let body = &answers[0].body;
        let legs = [
            body["account_id"].as_str(),
            body["from"]["account_id"].as_str(),
            body["to"]["account_id"].as_str(),
        ];
        for account in legs.into_iter().flatten() {
            *expected.get_mut(account).unwrap() += 1;
        }
        assert_eq!(answers[0].status.as_u16(), if body.get("code").is_some() { 422 } else { 201 }, "{body}");
    }
    for (account, expected) in expected {
        assert_eq!(version(&bank, &account).await, expected, "the events of {account}");
    }
    let [in_flight, contended, cut_off, unavailable] =
        [&counts.in_flight, &counts.contended, &counts.cut_off, &counts.unavailable]
            .map(|counter| counter.load(Ordering::Relaxed));
    println!(
        "{KEYS} keys, {SENDERS} senders each: {killed} functions killed; told to come again: {in_flight} in flight, \
         {contended} contended, {cut_off} cut off by a kill, {unavailable} unavailable for another reason"
    );
    assert!(cut_off > 0, "no function was killed with a request in it");
    // A process has one request at a time: somebody stands in for the dead, and for nobody who lives.
    assert!(cut_off <= killed, "{cut_off} requests cut off, by {killed} kills");
}
