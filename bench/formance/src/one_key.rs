//! Fifty senders of one deposit under one key, at once: it has one effect, and all hear of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use application::ports::Environment as _;
use futures::future::join_all;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use crate::{
    ask::{Answer, Ask, PATIENCE},
    side::{Account, Question, Side},
    writes::key,
};

pub const SENDERS: usize = 50;
const CENTS: i64 = 100;

/// Who has no answer sends again, one after another, so often and after so long.
const ATTEMPTS_MAX: u32 = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// What came of some trials on one side.
#[derive(Serialize)]
pub struct Measured {
    pub side: &'static str,
    pub senders: usize,
    pub patience_seconds: u64,
    pub trials: Vec<Trial>,
}

#[derive(Serialize)]
pub struct Trial {
    /// What the fifty got at once, by status, or that there was no answer in time.
    pub first: BTreeMap<String, usize>,
    /// How long it took until the fifty were answered or had waited long enough.
    pub first_seconds: f64,
    /// How long it took until all had been told what became of the deposit.
    pub seconds: f64,
    pub effects: i64,
    pub different_bodies: usize,
}

pub async fn measure(side: &Arc<dyn Side>, trials: usize) -> Result<Measured> {
    let account = Account { book: "onekey".to_owned(), number: 0 };
    if let Some(begin) = side.begin(&account.book) {
        side.http().must(&begin).await?;
    }
    side.http().must(&side.open(&account).with_key(key())).await?;
    let mut all = Vec::new();
    for _ in 0..trials {
        let trial = trial(&**side, &account).await?;
        let Trial { first, seconds, effects, .. } = &trial;
        eprintln!(
            "      {SENDERS} senders of one key: {} {first:?}, all told after {seconds:.2} s",
            side.name()
        );
        ensure!(*effects == 1, "{SENDERS} senders of one key had {effects} effects on {}", side.name());
        all.push(trial);
    }
    Ok(Measured { side: side.name(), senders: SENDERS, patience_seconds: PATIENCE.as_secs(), trials: all })
}

async fn trial(side: &dyn Side, account: &Account) -> Result<Trial> {
    let before = balance(side, account).await?;
    let ask = side.deposit(account, CENTS).with_key(key());
    let began = Instant::now();
    let sent = join_all((0..SENDERS).map(|_| side.http().send(&ask))).await;
    let first_seconds = began.elapsed().as_secs_f64();
    let (mut first, mut bodies) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    for answer in sent {
        let what =
            answer.as_ref().map_or("no answer".to_owned(), |answer| answer.status.as_u16().to_string());
        *first.entry(what).or_default() += 1;
        let told = match answer.ok().filter(|answer| answer.status.is_success()) {
            Some(told) => told,
            None => again(side, &ask).await?,
        };
        bodies.insert(told.body);
    }
    let seconds = began.elapsed().as_secs_f64();
    let effects = (balance(side, account).await? - before) / CENTS;
    Ok(Trial { first, first_seconds, seconds, effects, different_bodies: bodies.len() })
}

/// The answer of a sender who sends again until there is one.
async fn again(side: &dyn Side, ask: &Ask) -> Result<Answer> {
    for _ in 0..ATTEMPTS_MAX {
        match side.http().send(ask).await {
            Ok(answer) if answer.status.is_success() => return Ok(answer),
            _ => SystemEnvironment.wait(BETWEEN_ATTEMPTS).await,
        }
    }
    bail!("nobody is told by {} what became of a deposit", side.name())
}

async fn balance(side: &dyn Side, account: &Account) -> Result<i64> {
    let answer = side.http().must(&side.settled(account)).await?;
    side.read(Question::Balance, &answer)
}
