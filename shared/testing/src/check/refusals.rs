//! Refusals: at some time between the question and the answer the bank was in a state that forbids what was asked.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    Commit, Refusal, StreamId,
    codec::{self, Accounts, Aggregate, Holders},
    commands::Order,
};
use domain::{
    AccountId,
    account::{self, Account},
    holder::{self, Holder},
};

use super::{
    Arrivals, Stored, Told,
    effects::{name, refused},
};
use crate::history::{Command, Entry, Micros};

/// A state of a stream, with its version; none before its first commit.
type Seen<'a, S> = (u64, Option<&'a S>);

pub(super) fn check<A: Told>(entries: &[Entry<A>], stored: &Stored<'_>, arrivals: &Arrivals) -> Vec<String> {
    let past = Past::new(stored, arrivals);
    let mut violations = past.too_many_accounts();
    for entry in entries {
        if let (Some(answer), Some(sent), Some(answered)) = (refused(entry), entry.sent, entry.answered)
            && !past.forbids(&entry.command, answer, (sent, answered))
        {
            violations.push(format!("{} was refused without a reason: {answer:?}", name(entry)));
        }
    }
    violations
}

/// One state of a stream.
struct Moment<S> {
    /// When it may have begun, and when it has.
    begun: (Micros, Micros),
    version: u64,
    state: Option<S>,
}

struct Past {
    accounts: BTreeMap<StreamId, Vec<Moment<Account>>>,
    holders: BTreeMap<StreamId, Vec<Moment<Holder>>>,
}

/// The states of a stream, in order.
fn moments<A: Aggregate>(commits: &[&Commit], arrivals: &Arrivals) -> Vec<Moment<A::State>> {
    let moment = |commit: &&Commit| Moment {
        begun: arrivals.get(&(commit.stream.clone(), commit.version)).copied().unwrap_or_default(),
        version: codec::last_version(commit).unwrap(),
        state: codec::state::<A>(commit).ok().flatten(),
    };
    commits.iter().map(moment).collect()
}

/// The states that a stream was in at some time of a span.
fn during<'a, S>(
    streams: &'a BTreeMap<StreamId, Vec<Moment<S>>>,
    id: &StreamId,
    (from, until): (Micros, Micros),
) -> Vec<Seen<'a, S>> {
    let moments = streams.get(id).map_or(&[][..], Vec::as_slice);
    let ends = |next: usize| moments.get(next).map_or(Micros::MAX, |moment| moment.begun.1);
    let nothing = (from <= ends(0)).then_some((0, None));
    let seen = moments.iter().enumerate().filter_map(|(place, moment)| {
        let was_there = moment.begun.0 <= until && from <= ends(place + 1);
        was_there.then_some((moment.version, moment.state.as_ref()))
    });
    nothing.into_iter().chain(seen).collect()
}

impl Past {
    fn new(stored: &Stored<'_>, arrivals: &Arrivals) -> Self {
        let mut past = Self { accounts: BTreeMap::new(), holders: BTreeMap::new() };
        for (id, commits) in &stored.streams {
            match id.account_id() {
                Some(_) => _ = past.accounts.insert((*id).clone(), moments::<Accounts>(commits, arrivals)),
                None => _ = past.holders.insert((*id).clone(), moments::<Holders>(commits, arrivals)),
            }
        }
        past
    }

    fn accounts(&self, id: &AccountId, span: (Micros, Micros)) -> Vec<Seen<'_, Account>> {
        during(&self.accounts, &StreamId::account(id), span)
    }

    fn forbids<A: Told>(&self, command: &Command, told: &A, span: (Micros, Micros)) -> bool {
        match &command.order {
            Order::Open { account_id, open } => {
                let accounts = self.accounts(account_id, span);
                let holders = during(&self.holders, &StreamId::holder(&open.user_id), span);
                accounts.iter().any(|(_, account)| {
                    holders.iter().any(|(_, holder)| {
                        let refused = match not_at_zero(command).filter(|_| account.is_none()) {
                            Some(refused) => Some(refused),
                            None => refused_open(account_id, open, *account, *holder),
                        };
                        refused.is_some_and(|refusal| told.is(&refusal))
                    })
                })
            }
            Order::Change { account_id, command: change } => {
                self.accounts(account_id, span).iter().any(|(version, account)| {
                    let refused = usable(command, account_id, *version, *account).and_then(|account| {
                        account::decide(account, change.clone()).map(drop).map_err(Refusal::from)
                    });
                    refused.is_err_and(|refusal| told.is(&refusal))
                })
            }
            Order::Impossible(rejection) => told.is(&Refusal::Account(rejection.clone())),
            Order::Transfer(order) if order.from_account_id == order.to_account_id => {
                told.is(&Refusal::Account(account::Rejection::SameAccountTransfer))
            }
            Order::Transfer(order) => {
                let receivers = telling(&self.accounts(&order.to_account_id, span));
                self.accounts(&order.from_account_id, span).iter().any(|(version, sender)| {
                    receivers.iter().any(|receiver| {
                        let refused = usable(command, &order.from_account_id, *version, *sender);
                        let refused = refused.and_then(|sender| match receiver {
                            None => Err(Refusal::ReceiverNotFound(order.to_account_id.clone())),
                            Some(receiver) => account::transfer(sender, receiver, order.clone())
                                .map(drop)
                                .map_err(Refusal::from),
                        });
                        refused.is_err_and(|refusal| told.is(&refusal))
                    })
                })
            }
        }
    }

    /// Counted from the accounts themselves, in the order in which their commits came in.
    fn too_many_accounts<'a>(&'a self) -> Vec<String> {
        let mut changes: Vec<(Micros, AccountId, &Account)> = Vec::new();
        for (id, moments) in &self.accounts {
            let Some(account_id) = id.account_id() else { continue };
            let account = |moment: &'a Moment<Account>| {
                Some((moment.begun.0, account_id.clone(), moment.state.as_ref()?))
            };
            changes.extend(moments.iter().filter_map(account));
        }
        // Whoever opens one in the place of another has seen that one closed, and so sent it later.
        changes.sort_by_key(|(sent, ..)| *sent);
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

/// Of the states that a receiver was in, those that say all there is to say: of each status the poorest and the richest,
/// for a transfer asks for the status, and whether the balance would get too large. A busy account has had hundreds.
fn telling<'a>(receivers: &[Seen<'a, Account>]) -> Vec<Option<&'a Account>> {
    let mut telling: Vec<Option<&Account>> = Vec::new();
    if receivers.iter().any(|(_, account)| account.is_none()) {
        telling.push(None);
    }
    for status in [account::Status::Active, account::Status::Frozen, account::Status::Closed] {
        let of_status =
            || receivers.iter().filter_map(|(_, account)| *account).filter(|one| one.status == status);
        let balance = |account: &&Account| account.balance.amount();
        telling.extend(
            [of_status().min_by_key(balance), of_status().max_by_key(balance)]
                .into_iter()
                .flatten()
                .map(Some),
        );
    }
    telling
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
