//! Money: each balance is what the orders in the order of their versions come to, none is below zero, and the whole is
//! what was put in, less what was taken out.

use std::collections::BTreeMap;

use application::{
    codec::{self, Accounts},
    commands::Order,
};
use domain::{
    AccountId, Currency, Decimal, Money,
    account::{AccountType, Command, transfer_fee, withdrawal_fee},
};
use uuid::Uuid;

use super::{Stored, Told, effects::name};
use crate::history::Entry;

pub(super) fn check<A: Told>(entries: &[Entry<A>], stored: &Stored<'_>) -> Vec<String> {
    let by_id: BTreeMap<Uuid, &Entry<A>> = entries.iter().map(|entry| (entry.command.id, entry)).collect();
    let types = account_types(entries);
    let (mut violations, mut whole) = (Vec::new(), Decimal::ZERO);
    for (stream, commits) in &stored.streams {
        let Some(account_id) = stream.account_id() else { continue };
        let Some(account_type) = types.get(&account_id).copied() else { continue };
        let mut balance = Decimal::ZERO;
        for commit in commits {
            let Ok(metadata) = codec::metadata(commit) else { continue };
            let Some(entry) = by_id.get(&metadata.command_id) else { continue };
            balance += change(&entry.command.order, &account_id, account_type);
            let state = codec::state::<Accounts>(commit).ok().flatten();
            let stored = state.map(|account| account.balance.amount());
            if stored != Some(balance) || balance < Decimal::ZERO {
                let place = format!("{stream} {}", commit.version);
                violations.push(format!("{place} holds {stored:?} instead of {balance}: {}", name(entry)));
            }
            if let Some(told) = told(entry, &account_id, commit.version)
                && told != balance
            {
                violations.push(format!("{} was told {told} instead of {balance}", name(entry)));
            }
        }
        whole += balance;
    }
    // From the answers alone, whatever is stored.
    let flows = entries
        .iter()
        .filter(|entry| entry.answers.first().is_some_and(|(answer, _)| answer.receipts().is_some()));
    let expected: Decimal = flows.map(|entry| flow(&entry.command.order, &types)).sum();
    if whole != expected {
        violations.push(format!("the bank holds {whole}, but {expected} came in and stayed"));
    }
    violations
}

fn account_types<A>(entries: &[Entry<A>]) -> BTreeMap<AccountId, AccountType> {
    let opened = entries.iter().filter_map(|entry| match &entry.command.order {
        Order::Open { account_id, open } => Some((account_id.clone(), open.account_type)),
        _ => None,
    });
    opened.collect()
}

/// What an order changes in one account.
fn change(order: &Order, account: &AccountId, account_type: AccountType) -> Decimal {
    match order {
        Order::Open { open, .. } => open.initial_deposit.amount(),
        Order::Change { command: Command::Deposit { amount, .. }, .. } => *amount,
        Order::Change { command: Command::Withdraw { amount, .. }, .. } => {
            -amount - withdrawal_fee(account_type, dollars(*amount)).amount()
        }
        Order::Change { .. } => Decimal::ZERO,
        Order::Transfer(order) if order.from_account_id == *account => {
            -order.amount - transfer_fee(dollars(order.amount)).amount()
        }
        Order::Transfer(order) => order.amount,
        Order::Impossible(_) => Decimal::ZERO,
    }
}

/// What an order changes in the whole bank.
fn flow(order: &Order, types: &BTreeMap<AccountId, AccountType>) -> Decimal {
    let of = |account: &AccountId| {
        let account_type = types.get(account).copied().unwrap_or(AccountType::Checking);
        change(order, account, account_type)
    };
    match order {
        Order::Open { account_id, .. } | Order::Change { account_id, .. } => of(account_id),
        Order::Transfer(transfer) => of(&transfer.from_account_id) + of(&transfer.to_account_id),
        Order::Impossible(_) => Decimal::ZERO,
    }
}

/// The balance that a client was told of an account at this version.
fn told<A: Told>(entry: &Entry<A>, account: &AccountId, version: u64) -> Option<Decimal> {
    let receipts = entry.answers.first()?.0.receipts()?;
    receipts.into_iter().find(|own| own.account_id == *account && own.version == version)?.balance
}

fn dollars(amount: Decimal) -> Money {
    Money::new(amount, Currency::USD).unwrap()
}
