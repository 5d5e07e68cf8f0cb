//! Any order, any duplicate and any cut of the batches give the same read models as the plain fold.

use std::collections::BTreeMap;

use application::{
    Commit,
    ports::{EventStore, TransactionType},
};
use domain::{
    Decimal, Money,
    account::{AccountType, Command},
};
use proptest::{collection::vec, prelude::*};
use read_models::{
    history::{HistoryProjector, MemoryTransactionIndex},
    message,
    parking::MemoryParking,
    summary::{Consistency, MemorySummaryTable, SummaryProjector, SummaryTable},
};
use testing::MemoryEventStore;

use crate::account::{Account, text};

/// The most events of an account in a test.
const EVENTS_MAX: usize = 24;

#[derive(Clone, Debug)]
enum Step {
    Deposit(u32),
    Withdraw(u32),
    Send(u32),
    Receive(u32),
    Freeze,
    Unfreeze,
}

/// What an account does, how long after the step before, and whether in the same commit.
type Steps = Vec<(Step, i64, bool)>;

/// Commits, and the order in which they come, duplicates included, cut into batches.
#[derive(Clone, Debug)]
struct Delivery {
    accounts: Vec<Steps>,
    order: Vec<prop::sample::Index>,
    batches: Vec<usize>,
}

fn step() -> impl Strategy<Value = Step> {
    let cents = 1..300_000_u32;
    prop_oneof![
        4 => cents.clone().prop_map(Step::Deposit),
        3 => cents.clone().prop_map(Step::Withdraw),
        2 => cents.clone().prop_map(Step::Send),
        2 => cents.prop_map(Step::Receive),
        1 => Just(Step::Freeze),
        2 => Just(Step::Unfreeze),
    ]
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let steps = vec((step(), 0..400_000_i64, prop::bool::weighted(0.2)), 0..EVENTS_MAX);
    // More picks than commits: what is picked twice comes twice; what is never picked is read from the store, or comes
    // at the end.
    let picks = vec(any::<prop::sample::Index>(), 0..4 * EVENTS_MAX);
    (vec(steps, 1..4), picks, vec(1..12_usize, 1..8)).prop_map(|(accounts, order, batches)| Delivery {
        accounts,
        order,
        batches,
    })
}

fn live(number: usize, steps: &Steps) -> Account {
    let mut account = Account::open(&format!("account-{number}"), AccountType::Savings, "5000.00 USD");
    for (step, seconds, same_commit) in steps {
        account.later(*seconds);
        let amount = |cents: &u32| Decimal::new(i64::from(*cents), 2);
        let before = account.commits.len();
        match step {
            Step::Deposit(cents) => {
                let amount = amount(cents);
                account.does(Command::Deposit { amount, reference: None, counterparty: None });
            }
            Step::Withdraw(cents) => {
                let amount = amount(cents);
                account.does(Command::Withdraw { amount, reference: None, counterparty: None });
            }
            Step::Send(cents) => {
                account.sends(&amount(cents).to_string(), None);
            }
            Step::Receive(cents) => account.receives(&amount(cents).to_string(), None),
            Step::Freeze => {
                account.does(Command::Freeze { reason: text("why") });
            }
            Step::Unfreeze => {
                account.does(Command::Unfreeze { reason: text("why") });
            }
        }
        // The joined events share the time of the first, as events of one commit do.
        if *same_commit && account.commits.len() > before {
            account.join_last_two();
        }
    }
    account
}

impl Delivery {
    fn accounts(&self) -> Vec<Account> {
        self.accounts.iter().enumerate().map(|(number, steps)| live(number, steps)).collect()
    }

    /// The picked commits, then all of them backwards, in batches.
    fn batches(&self, accounts: &[Account]) -> Vec<Vec<Commit>> {
        let all: Vec<&Commit> = accounts.iter().flat_map(|account| &account.commits).collect();
        let picked = self.order.iter().map(|index| *index.get(&all));
        let mut left: Vec<Commit> = picked.chain(all.iter().rev().copied()).cloned().collect();
        let mut batches = Vec::new();
        for size in self.batches.iter().cycle() {
            if left.is_empty() {
                break;
            }
            let rest = left.split_off((*size).min(left.len()));
            batches.push(std::mem::replace(&mut left, rest));
        }
        batches
    }
}

proptest! {
    #[test]
    fn summaries_converge(delivery in delivery()) {
        block_on(async {
            let (accounts, store, table) =
                (delivery.accounts(), MemoryEventStore::default(), MemorySummaryTable::default());
            for commit in accounts.iter().flat_map(|account| &account.commits) {
                store.append(std::slice::from_ref(commit)).await.unwrap();
            }
            let parking = MemoryParking::default();
            let projector = SummaryProjector::new(store, table.clone(), parking.clone());
            for batch in delivery.batches(&accounts) {
                projector.project(batch).await.unwrap();
            }
            assert_eq!(parking.all(), []);
            for account in &accounts {
                let row = table.read(&account.id, Consistency::Strong).await.unwrap();
                assert_eq!(row, Some(account.summary()));
            }
        });
    }

    #[test]
    fn histories_converge_and_add_up_to_the_balance(delivery in delivery()) {
        block_on(async {
            let (accounts, index) = (delivery.accounts(), MemoryTransactionIndex::default());
            let parking = MemoryParking::default();
            let projector = HistoryProjector::new(index.clone(), parking.clone());
            for batch in delivery.batches(&accounts) {
                let body = message(1, &batch).unwrap();
                for result in projector.project(&[&body]).await.unwrap() {
                    result.unwrap();
                }
            }
            assert_eq!(parking.all(), []);
            let plain = accounts.iter().flat_map(|account| &account.commits);
            let plain = plain.flat_map(|commit| application::transactions::transactions(commit).unwrap());
            let plain: BTreeMap<_, _> =
                plain.map(|one| (format!("{}:{}", one.account_id, one.version), one)).collect();
            assert_eq!(index.all(), plain);
            for account in &accounts {
                assert_eq!(sum(&index, account), account.summary().balance.amount());
            }
        });
    }
}

fn sum(index: &MemoryTransactionIndex, account: &Account) -> Decimal {
    let transactions = index.all().into_values().filter(|one| one.account_id == account.id);
    transactions
        .map(|one| match one.transaction_type {
            TransactionType::Credit | TransactionType::TransferIn => one.amount.amount(),
            TransactionType::Debit | TransactionType::TransferOut => {
                -Money::amount(one.amount) - Money::amount(one.fee)
            }
        })
        .sum()
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
}
