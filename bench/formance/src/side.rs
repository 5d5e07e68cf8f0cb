//! What both are asked: the same questions, each in the words of its own API. Amounts are cents of US dollars.

use anyhow::{Context as _, Result};
use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::ask::{Answer, Ask, Http};

/// What an account begins with: a million dollars, so that no transfer lacks cover.
pub const START_CENTS: i64 = 100_000_000;

/// An account, by its number in a book: a set of accounts that only one measurement touches.
#[derive(Clone, Debug)]
pub struct Account {
    pub book: String,
    pub number: usize,
}

/// What can be asked of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    Balance,
    /// The newest 20 transactions.
    History,
    /// The balance at a moment of the past.
    AsOf,
    /// The same, at the present moment.
    AsOfNow,
}

/// One of the systems.
pub trait Side: Send + Sync {
    fn name(&self) -> &'static str;

    fn http(&self) -> &Http;

    /// What has to be done before a book has accounts.
    fn begin(&self, book: &str) -> Option<Ask>;

    /// Lets an account have its first money.
    fn open(&self, account: &Account) -> Ask;

    fn deposit(&self, to: &Account, cents: i64) -> Ask;

    fn transfer(&self, from: &Account, to: &Account, cents: i64) -> Ask;

    /// What the sender of a transfer pays for it.
    fn fee_cents(&self) -> i64;

    fn ask(&self, question: Question, account: &Account, at: Timestamp) -> Ask;

    /// The balance now, as a command would see it, whatever a read model shows.
    fn settled(&self, account: &Account) -> Ask;

    /// What an answer says: a balance, or the amount of the newest transaction.
    fn cents(&self, question: Question, body: &Value) -> Option<i64>;

    fn read(&self, question: Question, answer: &Answer) -> Result<i64> {
        let body = answer.json()?;
        self.cents(question, &body).with_context(|| format!("{} says no amount: {body}", self.name()))
    }
}
