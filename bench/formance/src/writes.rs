//! Deposits and transfers, and whether every account has in the end what was acknowledged.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use anyhow::{Result, ensure};
use application::ports::Environment as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use lambda_kit::SystemEnvironment;
use serde::Serialize;

use crate::{
    ask::{Answer, Ask},
    load::{self, Figures, Job, Plan, Work},
    side::{Account, Question, START_CENTS, Side},
};

/// Accounts that are deposited into, or move money among each other, by chance.
const ACCOUNTS: usize = 500;

const OPENED_AT_ONCE: usize = 8;
const CENTS: i64 = 100;

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Into accounts by chance.
    Deposits,
    /// The same without an Idempotency-Key, which ours insists on.
    DepositsWithoutKey,
    /// Into one account.
    HotAccount,
    /// Between accounts by chance.
    Transfers,
}

/// What was measured.
#[derive(Serialize)]
pub struct Measured {
    pub kind: Kind,
    pub clients: usize,
    pub figures: Vec<Figures>,
}

/// Accounts of one side, and how much was acknowledged to each.
struct Book {
    side: Arc<dyn Side>,
    kind: Kind,
    name: String,
    count: usize,
    acknowledged: Vec<AtomicI64>,
}

pub async fn measure(
    sides: &[Arc<dyn Side>],
    kind: Kind,
    clients: usize,
    accounts: Option<usize>,
    plan: Plan,
) -> Result<Measured> {
    let mut books = Vec::new();
    for side in sides {
        books.push(Arc::new(Book::open(side, kind, clients, accounts).await?));
    }
    let jobs: Vec<Job> =
        books.iter().map(|book| (Arc::clone(&book.side), Arc::clone(book) as Arc<dyn Work>)).collect();
    let figures = load::measure(&format!("{kind:?}"), &jobs, clients, plan).await?;
    for book in books {
        book.check().await?;
    }
    Ok(Measured { kind, clients, figures })
}

impl Book {
    async fn open(side: &Arc<dyn Side>, kind: Kind, clients: usize, accounts: Option<usize>) -> Result<Self> {
        let name = format!("{kind:?}-{clients}").to_lowercase();
        let count = if kind == Kind::HotAccount { 1 } else { accounts.unwrap_or(ACCOUNTS) };
        if let Some(begin) = side.begin(&name) {
            side.http().must(&begin).await?;
        }
        let acknowledged = (0..count).map(|_| AtomicI64::new(START_CENTS)).collect();
        let book = Self { side: Arc::clone(side), kind, name, count, acknowledged };
        let opened = (0..count).map(async |number| {
            let ask = side.open(&book.account(number)).with_key(key());
            side.http().must(&ask).await.map(|_| ())
        });
        stream::iter(opened).buffer_unordered(OPENED_AT_ONCE).try_collect::<()>().await?;
        Ok(book)
    }

    fn account(&self, number: usize) -> Account {
        Account { book: self.name.clone(), number }
    }

    fn add(&self, number: usize, cents: i64) {
        if let Some(acknowledged) = self.acknowledged.get(number) {
            acknowledged.fetch_add(cents, Ordering::Relaxed);
        }
    }

    async fn check(&self) -> Result<()> {
        for (number, acknowledged) in self.acknowledged.iter().enumerate() {
            let answer = self.side.http().must(&self.side.settled(&self.account(number))).await?;
            let (cents, right) =
                (self.side.read(Question::Balance, &answer)?, acknowledged.load(Ordering::Relaxed));
            ensure!(
                cents == right,
                "{}: account {number} of {} has {cents} cents, and {right} were acknowledged",
                self.side.name(),
                self.name
            );
        }
        Ok(())
    }
}

impl Work for Book {
    fn next(&self, _: usize, chance: &mut fastrand::Rng) -> (Ask, usize) {
        let to = chance.usize(..self.count);
        match self.kind {
            Kind::DepositsWithoutKey => (self.side.deposit(&self.account(to), CENTS), to),
            Kind::Deposits | Kind::HotAccount => {
                (self.side.deposit(&self.account(to), CENTS).with_key(key()), to)
            }
            Kind::Transfers => {
                let from = (to + chance.usize(1..self.count)) % self.count;
                let ask = self.side.transfer(&self.account(from), &self.account(to), CENTS);
                (ask.with_key(key()), from * self.count + to)
            }
        }
    }

    fn take(&self, number: usize, _: &Answer) -> Result<()> {
        let (from, to) = (number / self.count, number % self.count);
        if self.kind == Kind::Transfers {
            self.add(from, -CENTS - self.side.fee_cents());
        }
        self.add(to, CENTS);
        Ok(())
    }
}

/// A key that nobody has used.
pub fn key() -> String {
    SystemEnvironment.new_id().to_string()
}
