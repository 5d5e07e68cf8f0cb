//! The bank as it is deployed on the local AWS, through its gateway: a few figures that say what the emulator takes.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use domain::Timestamp;
use serde::Serialize;

use crate::{
    ask::{Answer, Ask},
    load::{self, Figures, Job, Plan, Work},
    passbook::Passbook,
    side::{Account, Question, Side},
    writes::{self, Kind, key},
};

/// Few users may have five accounts each.
const ACCOUNTS: usize = 8;
const CLIENTS: usize = 8;

/// The history whose past is asked for.
const LENGTH: u64 = 100;
const CENTS: i64 = 100;

/// Measure a deployed stack.
#[derive(Args)]
pub struct Arguments {
    /// Where its API is.
    #[arg(long)]
    url: String,
    /// The token of a user; of two at least.
    #[arg(long = "token", required = true)]
    tokens: Vec<String>,
    #[command(flatten)]
    windows: crate::Windows,
}

/// What is printed.
#[derive(Serialize)]
struct Report {
    plan: Plan,
    deposits: writes::Measured,
    length: u64,
    as_of: Figures,
}

/// Balances of the past of an account that was filled by deposits.
struct Past {
    side: Arc<dyn Side>,
    account: Account,
    moments: Vec<(Timestamp, i64)>,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let plan = arguments.windows.writes();
    let side: Arc<dyn Side> = Arc::new(Passbook::new(&arguments.url, arguments.tokens));
    let sides = [Arc::clone(&side)];
    let deposits = writes::measure(&sides, Kind::Deposits, CLIENTS, Some(ACCOUNTS), plan).await?;
    let past = Past::fill(&side).await?;
    let job: Job = (side, Arc::new(past));
    let as_of =
        load::measure(&format!("AsOf at {LENGTH}"), &[job], 1, arguments.windows.reads()).await?.remove(0);
    println!("{}", serde_json::to_string_pretty(&Report { plan, deposits, length: LENGTH, as_of })?);
    Ok(())
}

impl Past {
    async fn fill(side: &Arc<dyn Side>) -> Result<Self> {
        let account = Account { book: "past".to_owned(), number: 0 };
        side.http().must(&side.open(&account).with_key(key())).await?;
        let mut moments = Vec::new();
        for version in 1..=LENGTH {
            if version > 1 {
                side.http().must(&side.deposit(&account, CENTS).with_key(key())).await?;
            }
            let then = side.settled(&account);
            let answer =
                side.http().must(&Ask { path: format!("{}?version={version}", then.path), ..then }).await?;
            let at = answer.json()?["as_of"].as_str().context("a balance says of when it is")?.parse()?;
            moments.push((at, side.read(Question::AsOf, &answer)?));
        }
        Ok(Self { side: Arc::clone(side), account, moments })
    }
}

impl Work for Past {
    fn next(&self, _: usize, chance: &mut fastrand::Rng) -> (Ask, usize) {
        let number = chance.usize(..self.moments.len());
        (self.side.ask(Question::AsOf, &self.account, self.moments[number].0), number)
    }

    fn take(&self, number: usize, answer: &Answer) -> Result<()> {
        let (cents, right) = (self.side.read(Question::AsOf, answer)?, self.moments[number].1);
        ensure!(cents == right, "the past says {cents} cents instead of {right}");
        Ok(())
    }
}
