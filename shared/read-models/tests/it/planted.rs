//! A bank whose read models are right, and differences to be planted in them, each in a place of its own.

use std::collections::BTreeSet;

use application::{
    ports::{AccountSummary, EventStore as _, Projection, Transaction},
    transactions::transactions,
};
use domain::account::{Command, Status};
use read_models::{
    history::TransactionIndex,
    reconcile::{Difference, Kind},
    summary::SummaryTable,
};
use testing::MemoryEventStore;

use crate::account::{Account, money, text};

/// What a difference is known by: the read model, the account, the kind, the version.
pub(crate) type Place = (Projection, String, Kind, u64);

/// Accounts with a past, and their events; and accounts of which the store has no event.
pub(crate) struct Bank {
    pub(crate) accounts: Vec<Account>,
    pub(crate) strangers: Vec<Account>,
    pub(crate) store: MemoryEventStore,
}

/// The difference of one read model that is to be planted, and where.
pub(crate) struct Plan<'a> {
    pub(crate) account: &'a Account,
    pub(crate) kind: Kind,
    pub(crate) version: u64,
}

/// The kinds that a row can have.
pub(crate) const ROW_KINDS: [Kind; 5] =
    [Kind::RowMissing, Kind::RowBehind, Kind::RowWrong, Kind::RowAhead, Kind::RowWithoutEvents];

/// The kinds that a document can have.
const DOCUMENT_KINDS: [Kind; 3] =
    [Kind::DocumentMissing, Kind::DocumentDifferent, Kind::DocumentWithoutEvent];

fn place(difference: &Difference) -> Place {
    let Difference { projection, account_id, kind, version, .. } = difference;
    (*projection, account_id.clone(), *kind, *version)
}

pub(crate) fn places(differences: &[Difference]) -> BTreeSet<Place> {
    differences.iter().map(place).collect()
}

/// The transactions that an account's events come to.
pub(crate) fn transactions_of(account: &Account) -> Vec<Transaction> {
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

/// An account that does a little of everything, in so many steps or fewer.
fn lived(rng: &mut fastrand::Rng, id: &str, steps: usize) -> Account {
    let mut account = Account::checking(id);
    for _ in 0..steps {
        account.later(rng.i64(1..200_000));
        let amount = domain::Decimal::new(rng.i64(1..5_000), 2);
        match rng.u32(..6) {
            0 => drop(account.does(Command::Withdraw { amount, reference: None, counterparty: None })),
            1 => drop(account.sends(&amount.to_string(), Some("rent"))),
            2 => account.receives(&amount.to_string(), None),
            3 => {
                account.does(Command::Freeze { reason: text("why") });
                account.does(Command::Unfreeze { reason: text("why not") });
            }
            _ => drop(account.deposits(&amount.to_string())),
        }
    }
    account
}

impl Bank {
    /// So many accounts, each with a deposit or more, and all their commits in the store.
    pub(crate) async fn new(rng: &mut fastrand::Rng, accounts: usize, steps: usize) -> Self {
        let store = MemoryEventStore::default();
        let lived = |number| {
            let steps = rng.usize(2..=steps);
            lived(rng, &format!("account-{number:04}"), steps)
        };
        let accounts: Vec<Account> = (0..accounts).map(lived).collect();
        for commit in accounts.iter().flat_map(|account| &account.commits) {
            store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        let strangers = (0..accounts.len()).map(|number| Account::checking(&format!("stranger-{number:04}")));
        Self { strangers: strangers.collect(), accounts, store }
    }

    /// Writes what the read models have to say.
    pub(crate) async fn project(&self, table: &impl SummaryTable, index: &impl TransactionIndex) {
        for account in &self.accounts {
            table.write(&account.summary(), None).await.unwrap();
            index.put(&transactions_of(account)).await.unwrap();
        }
    }
}

/// A row in which one field is another.
fn wrong_row(rng: &mut fastrand::Rng, row: &AccountSummary) -> AccountSummary {
    let mut wrong = row.clone();
    let more = money("0.01 USD");
    match rng.u32(..9) {
        0 => wrong.balance = wrong.balance.checked_add(more).unwrap(),
        1 => wrong.total_deposits = wrong.total_deposits.checked_add(more).unwrap(),
        2 => wrong.total_withdrawals = wrong.total_withdrawals.checked_add(more).unwrap(),
        3 => wrong.total_transfers_out = wrong.total_transfers_out.checked_add(more).unwrap(),
        4 => wrong.total_transfers_in = wrong.total_transfers_in.checked_add(more).unwrap(),
        5 => wrong.status = if wrong.status == Status::Closed { Status::Active } else { Status::Closed },
        6 => wrong.user_id = "somebody-else".parse().unwrap(),
        7 => wrong.daily_counts.last_mut().unwrap().count += 1,
        _ => wrong.recent_transaction_ids[0] = "another".parse().unwrap(),
    }
    wrong
}

/// A transaction in which one field is another.
fn wrong_transaction(rng: &mut fastrand::Rng, right: &Transaction) -> Transaction {
    let mut wrong = right.clone();
    let more = money("0.01 USD");
    match rng.u32(..8) {
        0 => wrong.amount = wrong.amount.checked_add(more).unwrap(),
        1 => wrong.fee = wrong.fee.checked_add(more).unwrap(),
        2 => wrong.balance_after = wrong.balance_after.checked_add(more).unwrap(),
        3 => wrong.timestamp = wrong.timestamp.plus_seconds(1),
        4 => wrong.description.push('!'),
        // Then a search finds it elsewhere.
        5 => wrong.account_id = "elsewhere".parse().unwrap(),
        6 => wrong.version += 1,
        _ => wrong.counterparty = Some("somebody-else".to_owned()),
    }
    wrong
}

/// The row after an earlier version.
fn row_at(account: &Account, version: u64) -> AccountSummary {
    let events = account.events();
    crate::account::fold(&events[..usize::try_from(version).unwrap()], &account.id)
}

/// A plan for a difference of this kind somewhere in the bank.
fn plan<'a>(rng: &mut fastrand::Rng, bank: &'a Bank, kind: Kind) -> Plan<'a> {
    let is_strange = kind == Kind::RowWithoutEvents || (kind == Kind::DocumentWithoutEvent && rng.bool());
    let accounts = if is_strange { &bank.strangers } else { &bank.accounts };
    let account = &accounts[rng.usize(..accounts.len())];
    let newest = account.summary().version;
    let version = match kind {
        Kind::DocumentWithoutEvent if is_strange => rng.u64(1..5),
        Kind::RowBehind => rng.u64(1..newest),
        Kind::RowAhead | Kind::DocumentWithoutEvent => newest + rng.u64(1..5),
        Kind::DocumentMissing | Kind::DocumentDifferent => {
            let all = transactions_of(account);
            all[rng.usize(..all.len())].version
        }
        _ => newest,
    };
    Plan { account, kind, version }
}

/// Plans for so many differences of all kinds, no two of which touch the same row or document.
pub(crate) fn plans<'a>(rng: &mut fastrand::Rng, bank: &'a Bank, count: usize) -> Vec<Plan<'a>> {
    let (mut plans, mut taken) = (Vec::new(), BTreeSet::new());
    while plans.len() < count {
        let rows = rng.u32(..4) == 0;
        let kind = if rows { ROW_KINDS[rng.usize(..5)] } else { DOCUMENT_KINDS[rng.usize(..3)] };
        let plan = plan(rng, bank, kind);
        let place = if rows { plan.account.id.to_string() } else { plan.document_id() };
        if taken.insert((rows, place)) {
            plans.push(plan);
        }
    }
    plans
}

/// Plans for so many accounts of which the journal lacks the end, or all.
pub(crate) fn journal_plans<'a>(rng: &mut fastrand::Rng, bank: &'a Bank, count: usize) -> Vec<Plan<'a>> {
    let accounts = rng.choose_multiple(&bank.accounts, count);
    let behind = |account: &'a Account| {
        let version = account.commits[rng.usize(..account.commits.len())].version;
        Plan { account, kind: Kind::JournalBehind, version }
    };
    accounts.into_iter().map(behind).collect()
}

impl Plan<'_> {
    /// What the difference has to be reported as.
    pub(crate) fn place(&self) -> Place {
        let projection = match self.kind {
            Kind::JournalBehind => Projection::Journal,
            kind if ROW_KINDS.contains(&kind) => Projection::AccountSummary,
            _ => Projection::TransactionHistory,
        };
        (projection, self.account.id.to_string(), self.kind, self.version)
    }

    /// The transaction of the account at the planned version.
    pub(crate) fn transaction(&self) -> Transaction {
        let mut all = transactions_of(self.account).into_iter();
        all.find(|one| one.version == self.version).unwrap()
    }

    /// The document with which it has to do.
    pub(crate) fn document_id(&self) -> String {
        format!("{}:{}", self.account.id, self.version)
    }

    /// What a document of no transaction says.
    pub(crate) fn without_event(&self) -> Transaction {
        Transaction { version: self.version, ..transactions_of(self.account).remove(0) }
    }

    /// The wrong row of this plan; `None` if the account is to have none.
    pub(crate) fn row(&self, rng: &mut fastrand::Rng) -> Option<AccountSummary> {
        let (version, right) = (self.version, self.account.summary());
        match self.kind {
            Kind::RowMissing => None,
            Kind::RowBehind => Some(row_at(self.account, version)),
            Kind::RowWrong => Some(wrong_row(rng, &right)),
            _ => Some(AccountSummary { version, ..right }),
        }
    }

    /// The wrong document of this plan; `None` if there is to be none.
    pub(crate) fn document(&self, rng: &mut fastrand::Rng) -> Option<Transaction> {
        match self.kind {
            Kind::DocumentMissing => None,
            Kind::DocumentDifferent => Some(wrong_transaction(rng, &self.transaction())),
            _ => Some(self.without_event()),
        }
    }
}
