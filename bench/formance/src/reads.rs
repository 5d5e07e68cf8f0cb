//! Balances, pages of the history and balances of the past, of accounts with histories of several lengths. Every answer is
//! compared with what it has to be.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use application::ports::Environment as _;
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use crate::{
    ask::{Answer, Ask},
    formance::Formance,
    load::{self, Figures, Job, Plan, Work},
    long::Long,
    side::{Question, Side},
    stores::Stores,
};

const QUESTIONS: [Question; 4] = [Question::Balance, Question::History, Question::AsOf, Question::AsOfNow];

/// What was measured of one question.
#[derive(Serialize)]
pub struct Measured {
    pub question: Question,
    pub clients: usize,
    pub figures: Vec<Figures>,
}

/// What was measured at one length.
#[derive(Serialize)]
pub struct Point {
    pub length: usize,
    pub formance_load_seconds: f64,
    pub passbook_load_seconds: f64,
    pub measured: Vec<Measured>,
    /// The balance of the past by the time of insertion, one client: theirs has that as well.
    pub as_inserted: Figures,
}

/// One question about an account, again and again. The number of a request is the balance that it has to be answered with.
struct Asked {
    side: Arc<dyn Side>,
    question: Question,
    long: Arc<Long>,
}

/// The same by the times at which transactions came in.
struct AsInserted {
    side: Arc<dyn Side>,
    long: Arc<Long>,
    inserted: Vec<(String, i64)>,
}

pub async fn measure(
    length: usize,
    (formance, stores): (&Arc<Formance>, &Stores),
    sides: &[Arc<dyn Side>],
    clients: &[usize],
    plan: Plan,
) -> Result<Point> {
    let long = Arc::new(Long::of(length, SystemEnvironment.now()));
    let began = Instant::now();
    let inserted = long.send(formance).await?;
    let formance_load_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    long.write(stores).await?;
    let passbook_load_seconds = began.elapsed().as_secs_f64();
    eprintln!(
        "    {length} transactions: theirs in {formance_load_seconds:.1} s, ours in {passbook_load_seconds:.1} s"
    );
    let mut measured = Vec::new();
    for question in QUESTIONS {
        for clients in clients {
            let job = |side: &Arc<dyn Side>| -> Job {
                let asked = Asked { side: Arc::clone(side), question, long: Arc::clone(&long) };
                (Arc::clone(side), Arc::new(asked))
            };
            let jobs: Vec<Job> = sides.iter().map(job).collect();
            let figures = load::measure(&format!("{question:?} at {length}"), &jobs, *clients, plan).await?;
            measured.push(Measured { question, clients: *clients, figures });
        }
    }
    let side: Arc<dyn Side> = Arc::<Formance>::clone(formance);
    let job: Job = (Arc::clone(&side), Arc::new(AsInserted { side, long, inserted }));
    let as_inserted =
        load::measure(&format!("AsOf by insertion at {length}"), &[job], 1, plan).await?.remove(0);
    Ok(Point { length, formance_load_seconds, passbook_load_seconds, measured, as_inserted })
}

fn compare(side: &dyn Side, question: Question, right: usize, answer: &Answer) -> Result<()> {
    let cents = side.read(question, answer)?;
    ensure!(
        i64::try_from(right) == Ok(cents),
        "{question:?} of {} says {cents} cents instead of {right}",
        side.name()
    );
    Ok(())
}

fn number(cents: i64) -> usize {
    usize::try_from(cents).unwrap_or_default()
}

impl Work for Asked {
    fn next(&self, _: usize, chance: &mut fastrand::Rng) -> (Ask, usize) {
        let newest = self.long.newest();
        let (at, cents) = match self.question {
            Question::AsOf => self.long.moment(chance),
            Question::Balance | Question::AsOfNow => (SystemEnvironment.now(), newest.balance_cents),
            Question::History => (SystemEnvironment.now(), newest.cents),
        };
        (self.side.ask(self.question, &self.long.account, at), number(cents))
    }

    fn take(&self, right: usize, answer: &Answer) -> Result<()> {
        compare(&*self.side, self.question, right, answer)
    }
}

impl Work for AsInserted {
    fn next(&self, _: usize, chance: &mut fastrand::Rng) -> (Ask, usize) {
        let (at, cents) = &self.inserted[chance.usize(..self.inserted.len())];
        (Formance::as_inserted(&self.long.account, at), number(*cents))
    }

    fn take(&self, right: usize, answer: &Answer) -> Result<()> {
        compare(&*self.side, Question::Balance, right, answer)
    }
}
