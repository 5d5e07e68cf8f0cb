//! Clients that ask one thing after another, for a while. The sides take turns, so that whatever else the machine has to
//! do hits both.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use application::ports::Environment as _;
use futures::future::try_join_all;
use hyper::StatusCode;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use crate::{
    ask::{Answer, Ask},
    side::Side,
};

/// How often a request is sent again that nobody knows the end of. It has a key or changes nothing.
const ATTEMPTS_MAX: u32 = 5;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// How long is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plan {
    pub rounds: u64,
    pub window_ms: u64,
    pub warm_up_ms: u64,
}

/// What clients do on one side.
pub trait Work: Send + Sync {
    /// What is asked next, and a number by which the work knows it again.
    fn next(&self, client: usize, chance: &mut fastrand::Rng) -> (Ask, usize);

    /// Takes the answer to a request that had an effect, or was to have none.
    fn take(&self, number: usize, answer: &Answer) -> Result<()>;
}

/// What one side did for so many clients.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    pub side: &'static str,
    pub samples: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Of all rounds, and of the worst and the best of them.
    pub per_second: f64,
    pub per_second_low: f64,
    pub per_second_high: f64,
    /// What else came of requests: by status, or that there was no answer.
    pub others: BTreeMap<String, usize>,
}

/// What came of some requests.
#[derive(Default)]
struct Asks {
    times: Vec<Duration>,
    others: BTreeMap<String, usize>,
    per_second: Vec<f64>,
    seconds: f64,
}

/// A side, and what is done there.
pub type Job = (Arc<dyn Side>, Arc<dyn Work>);

pub async fn measure(what: &str, jobs: &[Job], clients: usize, plan: Plan) -> Result<Vec<Figures>> {
    let (window, warm_up) = (Duration::from_millis(plan.window_ms), Duration::from_millis(plan.warm_up_ms));
    for job in jobs {
        run(job, clients, warm_up, 0).await?;
    }
    let mut asks: Vec<Asks> = jobs.iter().map(|_| Asks::default()).collect();
    for round in 1..=plan.rounds {
        for (job, asks) in jobs.iter().zip(&mut asks) {
            asks.add(run(job, clients, window, round).await?);
        }
    }
    let figures: Vec<Figures> =
        jobs.iter().zip(asks).map(|((side, _), asks)| asks.figures(side.name())).collect();
    for Figures { side, p50_ms, p99_ms, per_second, others, .. } in &figures {
        eprintln!(
            "      {what}, {clients} clients: {side} p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, {per_second:.0} a second {others:?}"
        );
    }
    Ok(figures)
}

/// One window: each client sends a request when it has the answer to the one before.
async fn run((side, work): &Job, clients: usize, window: Duration, seed: u64) -> Result<Asks> {
    let began = Instant::now();
    let client = |number: usize| {
        let (side, work) = (Arc::clone(side), Arc::clone(work));
        // A task of its own: clients must not share one processor.
        tokio::spawn(async move {
            let mut chance = fastrand::Rng::with_seed(seed * 1_000 + number as u64);
            let mut asks = Asks::default();
            while began.elapsed() < window {
                let (ask, known) = work.next(number, &mut chance);
                if let Some(answer) = asks.send(&*side, &ask).await? {
                    work.take(known, &answer)?;
                }
            }
            anyhow::Ok(asks)
        })
    };
    let mut all = Asks::default();
    for asks in try_join_all((0..clients).map(client)).await? {
        all.add(asks?);
    }
    // The last answers come after the window.
    all.seconds = began.elapsed().as_secs_f64();
    all.per_second = vec![all.times.len() as f64 / all.seconds];
    Ok(all)
}

impl Asks {
    /// The answer to a request that succeeded; `None` if it was refused, which has no effect.
    async fn send(&mut self, side: &dyn Side, ask: &Ask) -> Result<Option<Answer>> {
        let began = Instant::now();
        for attempt in 1..=ATTEMPTS_MAX {
            let other = match side.http().send(ask).await {
                Ok(answer) if answer.status.is_success() => {
                    self.times.push(began.elapsed());
                    return Ok(Some(answer));
                }
                Ok(answer) => {
                    let is_refused = answer.status.is_client_error()
                        && !(attempt > 1 && answer.status == StatusCode::CONFLICT);
                    *self.others.entry(answer.status.as_u16().to_string()).or_default() += 1;
                    if is_refused {
                        return Ok(None);
                    }
                    String::from_utf8_lossy(&answer.body).into_owned()
                }
                Err(error) => {
                    *self.others.entry("no answer".to_owned()).or_default() += 1;
                    format!("{error:#}")
                }
            };
            let may_come_again = ask.key.is_some() || ask.body.is_none();
            if !may_come_again || attempt == ATTEMPTS_MAX {
                bail!("{} {} of {}: {other}", ask.method, ask.path, side.name());
            }
            SystemEnvironment.wait(BETWEEN_ATTEMPTS).await;
        }
        Ok(None)
    }

    fn add(&mut self, Self { times, others, per_second, seconds }: Self) {
        self.times.extend(times);
        for (what, count) in others {
            *self.others.entry(what).or_default() += count;
        }
        self.per_second.extend(per_second);
        self.seconds += seconds;
    }

    fn figures(self, side: &'static str) -> Figures {
        let Self { mut times, others, per_second, seconds } = self;
        times.sort_unstable();
        let samples = times.len();
        let at = |share: usize| {
            let place = (samples * share / 100).min(samples.saturating_sub(1));
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Figures {
            side,
            samples,
            p50_ms: at(50),
            p99_ms: at(99),
            per_second: samples as f64 / seconds,
            per_second_low: per_second.iter().copied().fold(f64::INFINITY, f64::min),
            per_second_high: per_second.iter().copied().fold(0.0, f64::max),
            others,
        }
    }
}
