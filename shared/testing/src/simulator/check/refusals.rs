//! Refusals: at some time between the question and the answer the bank was in a state that forbids what was asked.

use std::collections::BTreeSet;

use application::{
    Refusal, StreamId,
    codec::{self, Accounts, Aggregate, Holders},
    commands::Order,
};
use domain::{
    AccountId,
    account::{self, Account},
    holder::{self, Holder},
};

use super::{
    Stored,
    effects::{name, refusal},
};
use crate::simulator::{Arrivals, Entry, Micros, workload::Command};

/// A state of a stream, with its version; none before its first commit.
type Seen<S> = (u64, Option<S>);

pub(super) fn check(entries: &[Entry], stored: &Stored<'_>, arrivals: &Arrivals) -> Vec<String> {
    let past = Past { stored, arrivals };
    let mut violations = past.too_many_accounts();
    for entry in entries {
        if let (Some(refusal), Some(sent), Some(answered)) = (refusal(entry), entry.sent, entry.answered)
            && !past.forbids(&entry.command, refusal, (sent, answered))
        {
            violations.push(format!("{} was refused without a reason: {refusal}", name(entry)));
        }
    }
    violations
}

struct Past<'a> {
    stored: &'a Stored<'a>,
    arrivals: &'a Arrivals,
}

impl Past<'_> {
    /// The states that a stream was in at some time of a span.
    fn during<A: Aggregate>(&self, id: &StreamId, (from, until): (Micros, Micros)) -> Vec<Seen<A::State>> {
        let none = Vec::new();
        let commits = self.stored.streams.get(id).unwrap_or(&none);
        let mut states = vec![(0, Micros::MIN, None)];
        for commit in commits {
            let arrived = self.arrivals.get(&(id.clone(), commit.version)).copied().unwrap_or_default();
            let version = codec::last_version(commit).unwrap();
            states.push((version, arrived, codec::state::<A>(commit).ok().flatten()));
        }
        let ends: Vec<Micros> = states.iter().skip(1).map(|state| state.1).chain([Micros::MAX]).collect();
        let seen =
            states.into_iter().zip(ends).filter(|((_, begin, _), end)| *begin <= until && from <= *end);
        seen.map(|((version, _, state), _)| (version, state)).collect()
    }

    fn accounts(&self, id: &AccountId, span: (Micros, Micros)) -> Vec<Seen<Account>> {
        self.during::<Accounts>(&StreamId::account(id), span)
    }

    fn forbids(&self, command: &Command, refusal: &Refusal, span: (Micros, Micros)) -> bool {
        match &command.order {
            Order::Open { account_id, open } => {
                let accounts = self.accounts(account_id, span);
                let holders = self.during::<Holders>(&StreamId::holder(&open.user_id), span);
                accounts.iter().any(|(_, account)| {
                    holders.iter().any(|(_, holder)| {
                        let refused = match not_at_zero(command).filter(|_| account.is_none()) {
                            Some(refused) => Some(refused),
                            None => refused_open(account_id, open, account.as_ref(), holder.as_ref()),
                        };
                        refused.as_ref() == Some(refusal)
                    })
                })
            }
            Order::Change { account_id, command: change } => {
                self.accounts(account_id, span).iter().any(|(version, account)| {
                    let refused =
                        usable(command, account_id, *version, account.as_ref()).and_then(|account| {
                            account::decide(account, change.clone()).map(drop).map_err(Refusal::from)
                        });
                    refused.as_ref() == Err(refusal)
                })
            }
            Order::Impossible(rejection) => *refusal == Refusal::Account(rejection.clone()),
            Order::Transfer(order) if order.from_account_id == order.to_account_id => {
                *refusal == Refusal::Account(account::Rejection::SameAccountTransfer)
            }
            Order::Transfer(order) => {
                let receivers = self.accounts(&order.to_account_id, span);
                self.accounts(&order.from_account_id, span).iter().any(|(version, sender)| {
                    receivers.iter().any(|(_, receiver)| {
                        let refused = usable(command, &order.from_account_id, *version, sender.as_ref());
                        let refused = refused.and_then(|sender| match receiver {
                            None => Err(Refusal::ReceiverNotFound(order.to_account_id.clone())),
                            Some(receiver) => account::transfer(sender, receiver, order.clone())
                                .map(drop)
                                .map_err(Refusal::from),
                        });
                        refused.as_ref() == Err(refusal)
                    })
                })
            }
        }
    }

    /// Counted from the accounts themselves, in the order in which their commits came in.
    fn too_many_accounts(&self) -> Vec<String> {
        let mut changes: Vec<(Micros, AccountId, Account)> = Vec::new();
        for (id, commits) in &self.stored.streams {
            for commit in commits {
                let arrived =
                    self.arrivals.get(&((*id).clone(), commit.version)).copied().unwrap_or_default();
                if let (Some(account_id), Ok(Some(account))) =
                    (id.account_id(), codec::state::<Accounts>(commit))
                {
                    changes.push((arrived, account_id, account));
                }
            }
        }
        changes.sort_by_key(|(arrived, ..)| *arrived);
        let (mut open, mut violations) = (BTreeSet::new(), Vec::new());
        for (_, account_id, account) in changes {
            match account.status {
                account::Status::Closed => open.remove(&(account.user_id.clone(), account_id)),
                _ => open.insert((account.user_id.clone(), account_id)),
            };
            let own = open.iter().filter(|(user, _)| *user == account.user_id).count();
            if own > holder::OPEN_ACCOUNTS_MAX {
                violations.push(format!("{} has {own} accounts open", account.user_id));
            }
        }
        violations
    }
}

/// An account that is not open yet is at version 0.
fn not_at_zero(command: &Command) -> Option<Refusal> {
    command.expected_version.map(|expected| Refusal::VersionMismatch { expected, actual: 0 })
}

fn refused_open(
    account_id: &AccountId,
    open: &account::Open,
    account: Option<&Account>,
    holder: Option<&Holder>,
) -> Option<Refusal> {
    if account.is_some() {
        return Some(Refusal::AccountAlreadyExists(account_id.clone()));
    }
    let nobody = Holder::default();
    let opened = account::open(open.clone()).map(drop).map_err(Refusal::from);
    let added = holder::add_account(holder.unwrap_or(&nobody), account_id.clone()).map(drop);
    opened.and(added.map_err(Refusal::from)).err()
}

fn usable<'a>(
    command: &Command,
    account_id: &AccountId,
    version: u64,
    account: Option<&'a Account>,
) -> Result<&'a Account, Refusal> {
    let account = account.filter(|account| command.caller.may_use_account_of(&account.user_id));
    let account = account.ok_or_else(|| Refusal::AccountNotFound(account_id.clone()))?;
    match command.expected_version {
        Some(expected) if expected != version => Err(Refusal::VersionMismatch { expected, actual: version }),
        _ => Ok(account),
    }
}
