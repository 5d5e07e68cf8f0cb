//! Measuring: one client after the other, then eight at once, on accounts of their own and on one.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::{
    meter::{Cost, Meter},
    variants::{self, AMOUNT_CENTS, Outcome, Variant},
};

const CLIENTS: usize = 8;
const WARM_UPS: u32 = 150;
/// So many deposits on an account of their own, to see whether the balance comes out right.
const CHECKS: u32 = 20;
/// So many commands tell what each costs, while the history is still as long as it is said to be.
const COSTED: u32 = 5;
/// A command that finds others before it is sent again so often, each time after a pause by chance that may be twice as
/// long as the last, like those of Passbook's own tries.
pub const RETRIES_MAX: u32 = 50;
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Each window of time.
    pub window: Duration,
    /// The most commands of one client after the other.
    pub samples: u32,
}

/// One client, one command after the other.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sequential {
    pub cost: Cost,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub per_second: f64,
    pub samples: u32,
    /// What went wrong first, if anything did.
    pub failure: Option<String>,
}

/// Several clients at once.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Concurrent {
    pub per_second: f64,
    pub conflicts_per_second: f64,
    /// Commands that were sent as often as there are retries, in vain.
    pub given_up: u32,
    pub failures: u32,
}

/// One variant at one length of the history.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub variant: &'static str,
    pub length: u64,
    pub deposits: Sequential,
    pub transfers: Sequential,
    pub own_accounts: Concurrent,
    pub one_account: Concurrent,
    /// What an account held in the end, if it was not what it had to hold, in cents: stored, and right.
    pub wrong_balance: Option<(i64, i64)>,
}

/// What comes before the first measurement: connections, and a database that has compiled its code.
pub async fn warm_up(variant: &dyn Variant) -> Result<()> {
    let [one, two] = ["warm-1", "warm-2"];
    variant.fill(one, 10).await?;
    variant.fill(two, 10).await?;
    for _ in 0..WARM_UPS {
        let _ = variant.deposit(one).await;
        let _ = variant.transfer(one, two).await;
    }
    Ok(())
}

pub async fn measure(variant: &dyn Variant, meter: &Meter, length: u64, plan: Plan) -> Result<Measured> {
    // Each command adds an event, so that short histories would soon be long ones if there were few of them.
    let count = if length <= 100 { CLIENTS * 8 } else { CLIENTS };
    let accounts: Vec<String> = (0..count).map(|place| format!("a-{length}-{place}")).collect();
    let [hot, checked] = ["hot", "checked"].map(|name| format!("{name}-{length}"));
    for account in accounts.iter().chain([&hot, &checked]) {
        variant.fill(account, length).await?;
    }
    let account = |turn: usize| &accounts[turn % count];
    let deposits = sequential(meter, plan, |turn| variant.deposit(account(turn))).await;
    let transfers = sequential(meter, plan, |turn| variant.transfer(account(turn), account(turn + 1))).await;
    let own_accounts =
        concurrent(plan, |client, turn| variant.deposit(account(client + CLIENTS * turn))).await;
    let one_account = concurrent(plan, |_, _| variant.deposit(&hot)).await;

    let mut right = 10_000 + (i64::try_from(length)? - 1) * AMOUNT_CENTS;
    for _ in 0..CHECKS {
        right += i64::from(variant.deposit(&checked).await == Outcome::Done) * AMOUNT_CENTS;
    }
    let stored = variant.balance(&checked).await?;
    let wrong_balance = (stored != right).then_some((stored, right));
    Ok(Measured {
        variant: variant.name(),
        length,
        deposits,
        transfers,
        own_accounts,
        one_account,
        wrong_balance,
    })
}

async fn sequential<F: Future<Output = Outcome>>(
    meter: &Meter,
    plan: Plan,
    command: impl Fn(usize) -> F,
) -> Sequential {
    let (mut times, mut failure, before) = (Vec::new(), None, meter.read());
    meter.switch(true);
    for turn in 0..COSTED {
        let _ = command(usize::try_from(turn).unwrap_or_default()).await;
    }
    meter.switch(false);
    let cost = meter.read().each(before, COSTED);
    let (mut made, start) = (0, Instant::now());
    while made < plan.samples && start.elapsed() < plan.window {
        let began = Instant::now();
        let outcome = command(usize::try_from(COSTED + made).unwrap_or_default()).await;
        made += 1;
        match outcome {
            Outcome::Done => times.push(began.elapsed().as_secs_f64() * 1_000.0),
            Outcome::Conflict => failure = failure.or_else(|| Some("a conflict with nobody".to_owned())),
            Outcome::Failed(why) => failure = failure.or(Some(why)),
        }
    }
    let took = start.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at =
        |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    Sequential {
        cost,
        p50_ms: at(50).unwrap_or_default(),
        p99_ms: at(99).unwrap_or_default(),
        per_second: f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX)) / took,
        samples: made,
        failure,
    }
}

async fn concurrent<F: Future<Output = Outcome>>(
    plan: Plan,
    command: impl Fn(usize, usize) -> F,
) -> Concurrent {
    let start = Instant::now();
    let clients = (0..CLIENTS).map(|client| {
        let command = &command;
        async move {
            let mut counts = Counts::default();
            let mut turns = 0..;
            while start.elapsed() < plan.window {
                let turn = turns.next().unwrap_or_default();
                send(&mut counts, || command(client, turn)).await;
            }
            counts
        }
    });
    let counts = futures::future::join_all(clients).await;
    let took = start.elapsed().as_secs_f64();
    let sum = |of: fn(&Counts) -> u32| counts.iter().map(of).sum::<u32>();
    Concurrent {
        per_second: f64::from(sum(|counts| counts.done)) / took,
        conflicts_per_second: f64::from(sum(|counts| counts.conflicts)) / took,
        given_up: sum(|counts| counts.given_up),
        failures: sum(|counts| counts.failures),
    }
}

/// What came of one client's commands.
#[derive(Default)]
struct Counts {
    done: u32,
    conflicts: u32,
    given_up: u32,
    failures: u32,
}

/// Sends one command until it is through, or has met others too often.
async fn send<F: Future<Output = Outcome>>(counts: &mut Counts, command: impl Fn() -> F) {
    for tried in 0..RETRIES_MAX {
        match command().await {
            Outcome::Done => return counts.done += 1,
            Outcome::Failed(_) => return counts.failures += 1,
            Outcome::Conflict => counts.conflicts += 1,
        }
        pause(tried).await;
    }
    counts.given_up += 1;
}

/// The pause after so many tries and one.
pub async fn pause(tried: u32) {
    let longest = FIRST_PAUSE.saturating_mul(1 << tried.min(10)).min(PAUSE_MAX);
    tokio::time::sleep(longest.mul_f64(variants::chance())).await;
}
