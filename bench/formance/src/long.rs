//! An account with a long history: the same amounts at the same times on both sides, and what its balance was at each.
//!
//! Ours is written as commands and projectors would have left it, through the stores; theirs is sent as bulks.

use anyhow::{Context as _, Result, ensure};
use application::{
    Commit, Metadata, Stream, StreamId,
    codec::{Accounts, Aggregate as _},
    ports::{AccountSummary, Environment as _, Transaction},
    transactions::transactions,
};
use domain::{
    AccountId, Decimal, Money, Timestamp, UserId,
    account::{self, AccountType, Command, Open},
    parse_currency,
};
use lambda_kit::SystemEnvironment;
use read_models::summary::apply_commit;

use crate::{
    formance::Formance,
    passbook,
    side::{Account, START_CENTS, Side as _},
    stores::Stores,
};

/// How many transactions a page of the history has.
pub const PAGE_SIZE: usize = 20;

/// Transactions come in bursts: nine of ten within seconds, the tenth within minutes, by chance. That is one in 20 seconds
/// on average, so that 100,000 are 23 days and within the last 30, which a page shows if nobody says otherwise; and no side
/// can reckon from a time where in the history it is.
const GAP_SECONDS_MAX: i64 = 9;
const PAUSE_SECONDS_MAX: i64 = 309;
const PAUSE_EACH: usize = 10;
const DAYS: i64 = 27;

/// A history begins when all shorter ones, of a tenth and so on, are over: theirs has to move on what was booked later,
/// if something comes in before it, and an account that all histories pay from is in each of them.
const SHORTER_SECONDS_EACH: i64 = 22;
const SHORTER: usize = 9;
const SECONDS_PER_DAY: i64 = 86_400;
const HALF_A_SECOND_MICROS: i64 = 500_000;

/// Deposits are by chance up to a hundred dollars.
const CENTS_MAX: i64 = 10_000;

/// A bulk has a hundred transactions, the most by default; short histories have smaller ones, for theirs has the same
/// time of insertion for all of a bulk.
const BULK_MAX: usize = 100;
const BULKS_MIN: usize = 10;

/// One deposit.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub cents: i64,
    pub at: Timestamp,
    /// The balance after it.
    pub balance_cents: i64,
}

/// The history of one account.
#[derive(Clone)]
pub struct Long {
    pub account: Account,
    pub entries: Vec<Entry>,
}

/// What the stores are to hold of it.
struct Stored {
    commits: Vec<Commit>,
    row: AccountSummary,
    transactions: Vec<Transaction>,
}

impl Long {
    /// So many deposits, the first of which opens the account.
    pub fn of(length: usize, now: Timestamp) -> Self {
        let mut chance = fastrand::Rng::with_seed(length as u64);
        let before = i64::try_from(length / SHORTER).unwrap_or_default() * SHORTER_SECONDS_EACH;
        let (mut at, mut balance_cents) = (now.plus_seconds(before - DAYS * SECONDS_PER_DAY), 0);
        let entries = (0..length).map(|number| {
            let cents = if number == 0 { START_CENTS } else { chance.i64(1..=CENTS_MAX) };
            balance_cents += cents;
            let is_paused = chance.usize(..PAUSE_EACH) == 0;
            at = at.plus_seconds(chance.i64(1..=if is_paused { PAUSE_SECONDS_MAX } else { GAP_SECONDS_MAX }));
            Entry { cents, at, balance_cents }
        });
        let entries = entries.collect();
        Self { account: Account { book: format!("history-{length}"), number: length }, entries }
    }

    /// A moment between two transactions, and the balance then.
    pub fn moment(&self, chance: &mut fastrand::Rng) -> (Timestamp, i64) {
        let entry = self.entries[chance.usize(..self.entries.len())];
        // No two are less than a second apart.
        let at = Timestamp::from_micros(entry.at.as_micros() + HALF_A_SECOND_MICROS);
        (at.unwrap_or(entry.at), entry.balance_cents)
    }

    /// The newest transaction.
    pub fn newest(&self) -> Entry {
        self.entries[self.entries.len() - 1]
    }

    pub async fn write(&self, stores: &Stores) -> Result<()> {
        let Stored { commits, row, transactions } = self.stored()?;
        stores.load(&commits, &[row], transactions).await?;
        stores.settle().await
    }

    /// Sends it; says when each bulk came in, and the balance after it.
    pub async fn send(&self, formance: &Formance) -> Result<Vec<(String, i64)>> {
        let begin = formance.begin(&self.account.book).context("a ledger has to be created")?;
        formance.http().must(&begin).await?;
        let mut inserted = Vec::new();
        for some in self.entries.chunks((self.entries.len() / BULKS_MIN).clamp(1, BULK_MAX)) {
            let answer = formance.http().must(&Formance::bulk(&self.account, some)).await?.json()?;
            let answers = answer["data"].as_array().context("a bulk is answered one by one")?;
            ensure!(answers.len() == some.len(), "{} of a bulk of {} are in", answers.len(), some.len());
            let at = answers.last().and_then(|last| last["data"]["insertedAt"].as_str());
            let balance_cents = some.last().map(|entry| entry.balance_cents);
            inserted.extend(at.map(str::to_owned).zip(balance_cents));
        }
        Ok(inserted)
    }

    /// Decided by the bank's own rules, projected by its own projections.
    fn stored(&self) -> Result<Stored> {
        let account_id: AccountId = passbook::id(&self.account).parse()?;
        let user_id: UserId = passbook::owner(&self.account).parse()?;
        let mut stream: Stream<Accounts> =
            Stream { id: StreamId::account(&account_id), version: 0, state: None, newest: None };
        let (mut commits, mut row, mut all) = (Vec::new(), None, Vec::new());
        let environment = SystemEnvironment;
        for entry in &self.entries {
            let amount = Money::new(Decimal::new(entry.cents, 2), parse_currency("USD")?)?;
            let event = match &stream.state {
                None => account::open(Open {
                    user_id: user_id.clone(),
                    account_type: AccountType::Checking,
                    initial_deposit: amount,
                    reference: None,
                }),
                Some(state) => {
                    let amount = amount.amount();
                    account::decide(state, Command::Deposit { amount, reference: None, counterparty: None })
                }
            }?;
            let metadata = Metadata {
                command_id: environment.new_id(),
                user_id: user_id.clone(),
                recorded_at: entry.at,
                traceparent: None,
                correlation_id: None,
                causation_id: None,
            };
            let commit = stream.next(environment.new_id().to_string(), &event, entry.at, &metadata)?;
            stream.state = Some(Accounts::evolve(stream.state.take(), &event, entry.at)?);
            stream.version += 1;
            stream.newest = Some(commit.clone());
            row = Some(apply_commit(row, &commit, &account_id)?);
            all.extend(transactions(&commit)?);
            commits.push(commit);
        }
        Ok(Stored { commits, row: row.context("a history has transactions")?, transactions: all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_every_moment_the_balance_is_the_sum_of_what_was_before() {
        let long = Long::of(50, SystemEnvironment.now());
        let mut chance = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let (at, cents) = long.moment(&mut chance);
            let before = long.entries.iter().filter(|entry| entry.at <= at);
            assert_eq!(cents, before.map(|entry| entry.cents).sum::<i64>());
        }
    }

    #[test]
    fn what_is_stored_ends_with_the_same_balance() {
        let long = Long::of(30, SystemEnvironment.now());
        let stored = long.stored().unwrap();
        assert_eq!((stored.commits.len(), stored.transactions.len()), (30, 30));
        let cents = Decimal::new(long.newest().balance_cents, 2);
        assert_eq!(stored.row.balance.amount(), cents);
    }
}
