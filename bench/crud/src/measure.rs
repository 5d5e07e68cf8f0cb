//! Clients that ask one thing after another. The systems take turns, so that whatever else the machine has to do hits both.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use application::ports::Environment as _;
use axum::{Router, body::to_bytes, http::StatusCode};
use futures::future::try_join_all;
use lambda_kit::SystemEnvironment;
use serde::Serialize;
use tower::ServiceExt as _;

use crate::{bank::Known, check};

/// How long is measured, and by how many clients.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub clients: Vec<usize>,
    pub rounds: u64,
    pub window_ms: u64,
    pub warm_up_ms: u64,
}

/// What clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// The account's page.
    Summary,
    /// The newest 20 transactions of the last 12 months, and how many there are.
    History,
}

/// What one system did for so many clients.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    pub question: Question,
    pub clients: usize,
    pub system: &'static str,
    pub samples: usize,
    /// Requests that were answered with an error, whatever they took.
    pub failed: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub per_second: f64,
}

/// What came of some requests.
#[derive(Default)]
struct Asks {
    times: Vec<Duration>,
    failed: usize,
}

const MONTHS_SECONDS: i64 = 365 * 24 * 60 * 60;
const BODY_BYTES_MAX: usize = 256 * 1024;

impl Plan {
    pub fn whole() -> Self {
        Self { clients: vec![1, 8, 32], rounds: 4, window_ms: 1_000, warm_up_ms: 800 }
    }

    pub fn quick() -> Self {
        Self { clients: vec![1, 8], rounds: 2, window_ms: 400, warm_up_ms: 800 }
    }
}

/// Twelve months ago, as a parameter.
pub fn since() -> Result<String> {
    let now = SystemEnvironment.now();
    let midnight = now.day() * 86_400_000_000;
    let at = domain::Timestamp::from_micros(midnight).context("no day")?;
    Ok(at.plus_seconds(-MONTHS_SECONDS).to_string())
}

pub async fn measure(
    routers: &[(&'static str, Router); 2],
    known: &[Known],
    plan: &Plan,
) -> Result<Vec<Measured>> {
    let (window, warm_up) = (Duration::from_millis(plan.window_ms), Duration::from_millis(plan.warm_up_ms));
    let since = since()?;
    let mut measured = Vec::new();
    for question in [Question::Summary, Question::History] {
        let paths: Vec<String> = known.iter().map(|one| question.path(one, &since)).collect();
        let asked: Vec<(&Known, &str)> = known.iter().zip(paths.iter().map(String::as_str)).collect();
        for clients in &plan.clients {
            for (_, router) in routers {
                ask(router, &asked, *clients, warm_up, 0).await?;
            }
            let mut asks = [Asks::default(), Asks::default()];
            for round in 1..=plan.rounds {
                for ((_, router), asks) in routers.iter().zip(&mut asks) {
                    asks.add(ask(router, &asked, *clients, window, round).await?);
                }
            }
            let seconds = (window * u32::try_from(plan.rounds)?).as_secs_f64();
            for ((system, _), asks) in routers.iter().zip(asks) {
                let asked = asks.measured(question, *clients, system, seconds);
                let Measured { p50_ms, p99_ms, per_second, .. } = asked;
                eprintln!(
                    "      {question:?}, {clients} clients: {system} p50 {p50_ms:.3} ms, p99 {p99_ms:.3} ms, \
                     {per_second:.0} a second"
                );
                measured.push(asked);
            }
        }
    }
    Ok(measured)
}

/// How long each request took of so many clients, of which each sends one when it has the answer to the one before.
async fn ask(
    router: &Router,
    asked: &[(&Known, &str)],
    clients: usize,
    window: Duration,
    seed: u64,
) -> Result<Asks> {
    let began = Instant::now();
    let client = async |number: usize| {
        let mut chance = fastrand::Rng::with_seed(seed * 1_000 + number as u64);
        let mut asks = Asks::default();
        while began.elapsed() < window {
            let (known, path) = asked[chance.usize(..asked.len())];
            let request = check::request(known, path)?;
            let (router, sent) = (router.clone(), Instant::now());
            // A task of its own: clients must not share one processor.
            let status = tokio::spawn(async move {
                let answer = router.oneshot(request).await?;
                let status = answer.status();
                to_bytes(answer.into_body(), BODY_BYTES_MAX).await?;
                anyhow::Ok(status)
            });
            let status = status.await??;
            asks.times.push(sent.elapsed());
            asks.failed += usize::from(status != StatusCode::OK);
        }
        anyhow::Ok(asks)
    };
    let mut all = Asks::default();
    for asks in try_join_all((0..clients).map(client)).await? {
        all.add(asks);
    }
    Ok(all)
}

impl Question {
    fn path(self, one: &Known, since: &str) -> String {
        match self {
            Self::Summary => format!("/v1/accounts/{}", one.account_id),
            Self::History => format!("/v1/accounts/{}/transactions?from={since}", one.account_id),
        }
    }
}

impl Asks {
    fn add(&mut self, Self { times, failed }: Self) {
        self.times.extend(times);
        self.failed += failed;
    }

    fn measured(self, question: Question, clients: usize, system: &'static str, seconds: f64) -> Measured {
        let Self { mut times, failed } = self;
        times.sort_unstable();
        let samples = times.len();
        let at = |share: usize| {
            let place = (samples * share / 100).min(samples.saturating_sub(1));
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        let per_second = samples as f64 / seconds;
        Measured { question, clients, system, samples, failed, p50_ms: at(50), p99_ms: at(99), per_second }
    }
}
