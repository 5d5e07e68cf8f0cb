//! Deposits at a steady rate, whether the ones before are done or not.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use application::commands::Caller;
use axum::http::StatusCode;
use futures::future::join_all;
use serde::Serialize;
use tokio::sync::Semaphore;

use bank::{
    Bank,
    clock::{now, pause},
};

use crate::{
    SAMPLES_A_SECOND,
    feed::Feed,
    figures::Figures,
    watch::{self, Looks},
    way::{Entrance, Way},
};

/// Through the gateway, each is a process on the local stack. Who waits for one waits on the clock, which began when it was due.
const COMMANDS_AT_ONCE: usize = 32;

/// After this long the feed is not waited for any more.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) bank: Bank,
    pub(crate) id: String,
    /// Whose it is, as the gateway would say it.
    pub(crate) owner: Caller,
}

/// So many commands a second, the first of them not counted.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) way: Way,
    pub(crate) rate: u32,
    pub(crate) warm_up: u32,
    pub(crate) measured: u32,
}

/// A command that was answered.
pub(crate) struct Done {
    pub(crate) version: u64,
    pub(crate) transaction_id: String,
    pub(crate) answered_at: Instant,
}

/// What was seen of one command.
struct Followed {
    account_id: String,
    took: Duration,
    done: Option<Done>,
    row: Option<Option<Duration>>,
    history: Option<Option<Duration>>,
}

/// What was measured at one rate.
#[derive(Serialize)]
pub(crate) struct Run {
    way: &'static str,
    rate: u32,
    achieved_per_second: f64,
    /// Commands that were refused or not answered.
    failed: usize,
    /// From when a command was due to its answer.
    command: Figures,
    /// From the answer on, all of these.
    row: Figures,
    history: Figures,
    feed: Figures,
}

pub(crate) async fn run(admin: &Bank, accounts: &[Account], plan: Plan) -> Run {
    let (feed, is_over) = (Feed::default(), AtomicBool::new(false));
    let after = Feed::end(admin).await;
    let load = async {
        let measured = load(accounts, plan).await;
        let waited = now();
        while waited.elapsed() < PATIENCE && fed(&feed, &measured).any(|lag| lag.is_none()) {
            pause(BETWEEN_LOOKS).await;
        }
        is_over.store(true, Ordering::Relaxed);
        measured
    };
    let (measured, ()) = tokio::join!(load, feed.follow(admin, after, &is_over));
    let mut answered: Vec<Instant> =
        measured.iter().filter_map(|one| one.done.as_ref()).map(|done| done.answered_at).collect();
    answered.sort();
    let seconds =
        answered.last().zip(answered.first()).map_or(0.0, |(last, first)| (*last - *first).as_secs_f64());
    let intervals = u32::try_from(answered.len().saturating_sub(1)).unwrap();
    Run {
        way: plan.way.name(),
        rate: plan.rate,
        achieved_per_second: if intervals == 0 { 0.0 } else { f64::from(intervals) / seconds },
        failed: measured.len() - answered.len(),
        command: Figures::of(measured.iter().map(|one| one.done.is_some().then_some(one.took))),
        row: Figures::of(measured.iter().filter_map(|one| one.row)),
        history: Figures::of(measured.iter().filter_map(|one| one.history)),
        feed: Figures::of(fed(&feed, &measured)),
    }
}

/// How long after its answer each command was in the feed, which may be before it.
fn fed<'a>(feed: &'a Feed, measured: &'a [Followed]) -> impl Iterator<Item = Option<Duration>> + 'a {
    measured.iter().filter_map(|one| Some((&one.account_id, one.done.as_ref()?))).map(|(account, done)| {
        Some(feed.seen_at(account, done.version)?.saturating_duration_since(done.answered_at))
    })
}

async fn load(accounts: &[Account], plan: Plan) -> Vec<Followed> {
    let entrance = plan.way.entrance().await;
    let (begun, at_once, looks) = (now(), Semaphore::new(COMMANDS_AT_ONCE), Looks::default());
    let commands = (0..plan.warm_up + plan.measured).zip(accounts.iter().cycle());
    let followed = commands.map(async |(number, account)| {
        let due = begun + Duration::from_secs(1) * number / plan.rate;
        pause(due.saturating_duration_since(now())).await;
        let is_sample = number % (plan.rate / SAMPLES_A_SECOND) == 0;
        let is_counted = number >= plan.warm_up;
        let looks = (is_counted && is_sample).then_some(&looks);
        (is_counted, follow(account, due, looks, &entrance, &at_once).await)
    });
    let followed = join_all(followed).await.into_iter();
    followed.filter_map(|(is_counted, followed)| is_counted.then_some(followed)).collect()
}

async fn follow(
    account: &Account,
    due: Instant,
    looks: Option<&Looks>,
    entrance: &Entrance,
    at_once: &Semaphore,
) -> Followed {
    let permit = at_once.acquire().await.unwrap();
    let (status, receipt) = entrance.deposit(account).await;
    let answered_at = now();
    drop(permit);
    let done = (status == StatusCode::CREATED).then(|| Done {
        version: receipt["version"].as_u64().unwrap(),
        transaction_id: receipt["transaction_id"].as_str().unwrap().to_owned(),
        answered_at,
    });
    let (row, history) = match done.as_ref().zip(looks) {
        Some((done, looks)) => {
            let (row, history) =
                tokio::join!(watch::row(account, done, looks), watch::history(account, done, looks));
            (Some(row), Some(history))
        }
        None => (None, None),
    };
    Followed { account_id: account.id.clone(), took: answered_at - due, done, row, history }
}
