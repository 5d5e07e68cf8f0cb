//! Reads of accounts: what was asked for, what was said, and whether both can be true.

use std::{collections::BTreeMap, sync::PoisonError};

use application::{
    Commit, StreamId,
    codec::{self, Accounts},
};
use domain::{AccountId, Decimal};
use reqwest::{Method, StatusCode};
use testing::{
    check::{Arrivals, Told as _},
    history::{Entry, Micros},
};

use crate::{said::Said, sending::PATIENCE, world::World};

/// How fresh the answer is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The row as the newest events have it.
    Newest,
    /// What the events themselves come to.
    Events,
    /// At least this version.
    AtLeast(u64),
}

/// A read that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) account_id: AccountId,
    pub(crate) wanted: Wanted,
    pub(crate) sent: Micros,
    pub(crate) answered: Micros,
    /// Version and balance; `None` if there was no such account.
    pub(crate) found: Option<(u64, Decimal)>,
}

impl World {
    /// Reads an account, and takes down what is said.
    pub(crate) async fn read(&self, account_id: AccountId, wanted: Wanted) {
        let (rest, field) = match wanted {
            Wanted::AtLeast(version) => (format!("?min_version={version}"), "current_balance"),
            Wanted::Newest => ("?consistency=strong".to_owned(), "current_balance"),
            Wanted::Events => ("/balance".to_owned(), "balance"),
        };
        let path = format!("/v1/accounts/{account_id}{rest}");
        // Whoever works there sees every account.
        let bank = &self.users[self.admin()].bank;
        let sent = self.clock.micros();
        let request = tokio::time::timeout(PATIENCE, bank.try_send(Method::GET, &path, &[], None));
        let Ok(Ok(answer)) = request.await else { return };
        let found = match answer.status {
            StatusCode::OK => {
                let balance = answer.body[field].as_str().and_then(|balance| balance.parse().ok());
                answer.body["version"].as_u64().zip(balance)
            }
            StatusCode::NOT_FOUND => None,
            _ => return,
        };
        let read = Read { account_id, wanted, sent, answered: self.clock.micros(), found };
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).push(read);
    }

    /// Reads every account once more, by each way that has to be fresh.
    pub(crate) async fn read_all(&self) {
        for account in &self.accounts {
            for wanted in [Wanted::Newest, Wanted::Events] {
                self.read(account.id.clone(), wanted).await;
            }
        }
    }
}

/// What is wrong with the reads, in words: older than asked for, of the future, or of no version that there was.
pub(crate) fn check(
    reads: &[Read],
    entries: &[Entry<Said>],
    commits: &[Commit],
    arrivals: &Arrivals,
) -> Vec<String> {
    let mut known: BTreeMap<AccountId, Vec<(Micros, u64)>> = BTreeMap::new();
    for entry in entries {
        if let (Some(answered), Some((answer, _))) = (entry.answered, entry.answers.first()) {
            for receipt in answer.receipts().into_iter().flatten() {
                known.entry(receipt.account_id).or_default().push((answered, receipt.version));
            }
        }
    }
    let mut balances = BTreeMap::new();
    for commit in commits {
        if let (Some(account_id), Ok(Some(account))) =
            (commit.stream.account_id(), codec::state::<Accounts>(commit))
        {
            balances.insert((account_id, commit.version), account.balance.amount());
        }
    }
    let wrong = reads.iter().filter_map(|read| {
        let of_account = known.get(&read.account_id).map_or(&[][..], Vec::as_slice);
        let before = of_account.iter().filter(|(answered, _)| *answered < read.sent);
        let acknowledged = before.map(|(_, version)| *version).max().unwrap_or(0);
        let least = match read.wanted {
            Wanted::Newest | Wanted::Events => acknowledged,
            Wanted::AtLeast(version) => version,
        };
        one(read, least, &balances, arrivals)
            .err()
            .map(|what| format!("a read of {}: {what}", read.account_id))
    });
    wrong.collect()
}

fn one(
    read: &Read,
    least: u64,
    balances: &BTreeMap<(AccountId, u64), Decimal>,
    arrivals: &Arrivals,
) -> Result<(), String> {
    let Some((version, balance)) = read.found else {
        return if least == 0 { Ok(()) } else { Err(format!("not found, though it was at version {least}")) };
    };
    if version < least {
        return Err(format!("stale, version {version} where {least} was there ({:?})", read.wanted));
    }
    match balances.get(&(read.account_id.clone(), version)) {
        None => return Err(format!("version {version}, which there is not")),
        Some(stored) if *stored != balance => {
            return Err(format!("{balance} at version {version}, which holds {stored}"));
        }
        Some(_) => {}
    }
    let place = (StreamId::account(&read.account_id), version);
    match arrivals.get(&place) {
        Some((sent, _)) if *sent > read.answered => Err(format!("version {version} before it was sent")),
        _ => Ok(()),
    }
}
