//! A copy of the source's accounts under new ids, decided by the bank's own rules: rows and transactions as commands and
//! projections would make them, without the stores in between.
//!
//! The source has no transfers within the bank and no fees. So here its payments to others go to accounts of the same
//! copy, and every fourth account is for savings. What that makes impossible is left out.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use application::{
    Metadata, Stream, StreamId,
    codec::{Accounts, Aggregate as _},
    ports::{AccountSummary, Environment as _, Transaction},
    transactions::transactions,
};
use domain::{
    AccountId, Timestamp, TransferId, UserId,
    account::{self, AccountType, Command, Event, Open, Transfer},
};
use lambda_kit::SystemEnvironment;
use read_models::summary::apply_commit;
use uuid::Uuid;

use crate::{
    busy,
    source::{Kind, Row},
};

/// So many accounts have one for savings among them.
const SAVINGS_EACH: usize = 4;

/// What is loaded at a time: whole accounts, up to their last transaction.
#[derive(Default)]
pub struct Chunk {
    pub bookings: Vec<Booking>,
    pub transfers: Vec<Made>,
    pub summaries: Vec<AccountSummary>,
}

/// A transaction, and which of the transfers it is a leg of.
pub struct Booking {
    pub transaction: Transaction,
    pub transfer: Option<usize>,
}

/// A transfer.
pub struct Made {
    pub id: TransferId,
    pub from: AccountId,
    pub to: AccountId,
}

/// An account that may be asked for, by its owner.
#[derive(Clone, Debug)]
pub struct Known {
    pub account_id: AccountId,
    pub user_id: UserId,
}

impl Known {
    pub fn is_busy(&self) -> bool {
        self.account_id.as_str().starts_with(busy::NAME)
    }
}

impl Chunk {
    pub fn known(&self) -> Vec<Known> {
        let known =
            |row: &AccountSummary| Known { account_id: row.account_id.clone(), user_id: row.user_id.clone() };
        self.summaries.iter().map(known).collect()
    }

    pub fn transactions(&self) -> Vec<Transaction> {
        self.bookings.iter().map(|booking| booking.transaction.clone()).collect()
    }

    /// How many transactions these accounts have.
    pub fn length_of(&self, known: &[Known]) -> usize {
        let is_theirs =
            |booking: &&Booking| known.iter().any(|one| one.account_id == booking.transaction.account_id);
        self.bookings.iter().filter(is_theirs).count()
    }
}

/// An account on its way through its events.
struct Life {
    id: AccountId,
    user_id: UserId,
    account_type: AccountType,
    stream: Stream<Accounts>,
    summary: Option<AccountSummary>,
}

struct Copy {
    number: u32,
    lives: Vec<Life>,
    chance: fastrand::Rng,
    now: Timestamp,
    chunk: Chunk,
}

/// The copy of this number.
pub fn copy(number: u32, rows: &[Row]) -> Result<Chunk> {
    let chance = fastrand::Rng::with_seed(number.into());
    let now = SystemEnvironment.now();
    let mut copy = Copy { number, lives: Vec::new(), chance, now, chunk: Chunk::default() };
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        let place = match places.get(row.account.as_str()) {
            Some(place) => *place,
            None => {
                places.insert(&row.account, copy.lives.len());
                copy.begin(row)?
            }
        };
        copy.follow(place, row).with_context(|| format!("transaction {} cannot be copied", row.id))?;
    }
    copy.chunk.summaries = copy.lives.into_iter().filter_map(|life| life.summary).collect();
    Ok(copy.chunk)
}

impl Copy {
    fn begin(&mut self, row: &Row) -> Result<usize> {
        let place = self.lives.len();
        let id: AccountId = format!("{}-{}", row.account, self.number).parse()?;
        let is_for_savings = place % SAVINGS_EACH == 0;
        self.lives.push(Life {
            user_id: format!("{}-{}", row.user, self.number).parse()?,
            account_type: if is_for_savings { AccountType::Savings } else { AccountType::Checking },
            stream: Stream { id: StreamId::account(&id), version: 0, state: None, newest: None },
            summary: None,
            id,
        });
        Ok(place)
    }

    fn follow(&mut self, place: usize, row: &Row) -> Result<()> {
        let id = format!("{}-{}", row.id, self.number);
        if row.is_transfer()
            && let Some(to) = self.receiver(place)
        {
            return self.transfer(place, to, row, id);
        }
        let life = &self.lives[place];
        let (amount, reference, counterparty) =
            (row.amount.amount(), row.reference.clone(), row.counterparty.clone());
        let event = match (row.kind, &life.stream.state) {
            (Kind::Open, _) => account::open(Open {
                user_id: life.user_id.clone(),
                account_type: life.account_type,
                initial_deposit: row.amount,
                reference,
            }),
            (Kind::Credit, Some(state)) => {
                account::decide(state, Command::Deposit { amount, reference, counterparty })
            }
            (Kind::Debit, Some(state)) => {
                account::decide(state, Command::Withdraw { amount, reference, counterparty })
            }
            (_, None) => return Ok(()),
        };
        let Ok(event) = event else { return Ok(()) };
        let at = life.stream.next_timestamp(row.booked_at);
        self.book(place, &event, id, at, None)
    }

    /// An open account of this copy, but not this one.
    fn receiver(&mut self, sender: usize) -> Option<usize> {
        let place = self.chance.usize(..self.lives.len());
        (place != sender && self.lives[place].stream.state.is_some()).then_some(place)
    }

    fn transfer(&mut self, from: usize, to: usize, row: &Row, id: String) -> Result<()> {
        let (sender, receiver) = (&self.lives[from], &self.lives[to]);
        let (Some(sending), Some(receiving)) = (&sender.stream.state, &receiver.stream.state) else {
            return Ok(());
        };
        let made = Made { id: id.parse()?, from: sender.id.clone(), to: receiver.id.clone() };
        let order = Transfer {
            transfer_id: made.id.clone(),
            from_account_id: made.from.clone(),
            to_account_id: made.to.clone(),
            amount: row.amount.amount(),
            reference: row.reference.clone(),
        };
        let Ok((sent, received)) = account::transfer(sending, receiving, order) else { return Ok(()) };
        let at = receiver.stream.next_timestamp(sender.stream.next_timestamp(row.booked_at));
        let number = self.chunk.transfers.len();
        self.chunk.transfers.push(made);
        self.book(from, &sent, format!("{id}-out"), at, Some(number))?;
        self.book(to, &received, format!("{id}-in"), at, Some(number))
    }

    fn book(
        &mut self,
        place: usize,
        event: &Event,
        id: String,
        at: Timestamp,
        transfer: Option<usize>,
    ) -> Result<()> {
        let life = &mut self.lives[place];
        let metadata = Metadata {
            command_id: Uuid::from_u64_pair(self.number.into(), self.chance.u64(..)),
            user_id: life.user_id.clone(),
            recorded_at: self.now,
            traceparent: None,
            correlation_id: Some("import".to_owned()),
            causation_id: None,
        };
        let commit = life.stream.next(id, event, at, &metadata)?;
        life.stream.state = Some(Accounts::evolve(life.stream.state.take(), event, at)?);
        life.stream.version += 1;
        life.summary = Some(apply_commit(life.summary.take(), &commit, &life.id)?);
        let bookings = transactions(&commit)?.into_iter();
        self.chunk.bookings.extend(bookings.map(|transaction| Booking { transaction, transfer }));
        life.stream.newest = Some(commit);
        Ok(())
    }
}
