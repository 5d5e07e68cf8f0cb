//! Whether the read side ended up as the plain fold of the events.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    Commit,
    codec::{self, Accounts},
    ports::{AccountSummary, Projection, Transaction},
    transactions::transactions,
};
use domain::AccountId;
use read_models::summary::apply_commit;

use crate::run::ReadSide;

/// How a run ended.
pub(crate) struct End {
    pub(crate) commits: Vec<Commit>,
    pub(crate) side: ReadSide,
    /// What a client saw that was older than it had asked for.
    pub(crate) backwards: Vec<String>,
    /// Whether every record and every message was dealt with.
    pub(crate) is_drained: bool,
}

/// What the events come to.
#[derive(Default)]
struct Expected {
    rows: BTreeMap<AccountId, AccountSummary>,
    documents: BTreeMap<String, Transaction>,
    places: BTreeSet<(String, u64)>,
    parked: BTreeSet<(Projection, AccountId, u64)>,
}

impl Expected {
    fn of(commits: &[Commit]) -> Self {
        let mut expected = Self::default();
        for commit in commits {
            let Some(account_id) = commit.stream.account_id() else {
                expected.places.insert((commit.stream.to_string(), commit.version));
                continue;
            };
            let park = |projection| (projection, account_id.clone(), commit.version);
            match codec::last_version(commit) {
                Ok(_) => _ = expected.places.insert((commit.stream.to_string(), commit.version)),
                Err(_) => _ = expected.parked.insert(park(Projection::Journal)),
            }
            if codec::events::<Accounts>(commit).is_err() {
                expected.parked.insert(park(Projection::AccountSummary));
                if codec::last_version(commit).is_ok() {
                    expected.parked.insert(park(Projection::TransactionHistory));
                }
                continue;
            }
            let row = expected.rows.remove(&account_id);
            expected.rows.insert(account_id.clone(), apply_commit(row, commit, &account_id).unwrap());
            for one in transactions(commit).unwrap() {
                expected.documents.insert(format!("{}:{}", one.account_id, one.version), one);
            }
        }
        expected
    }
}

/// All that is wrong, in words.
pub(crate) fn check(end: &End) -> Vec<String> {
    let expected = Expected::of(&end.commits);
    let mut violations = end.backwards.clone();
    if !end.is_drained {
        violations.push("records or messages are left, though nothing failed any more".to_owned());
    }
    for (account_id, expected) in &expected.rows {
        let row = end.side.rows.read(account_id);
        if row.as_ref() != Some(expected) {
            let version = row.as_ref().map(|row| row.version);
            violations
                .push(format!("the row of {account_id} is wrong, at {version:?} of {}", expected.version));
        }
    }
    let documents = end.side.index.all();
    if documents != expected.documents {
        let (there, expected) = (documents.len(), expected.documents.len());
        violations.push(format!("{there} documents are not the {expected} of the events"));
    }
    violations.extend(journal(end, &expected));
    // A reconciliation parks where a projector had not come to it yet.
    let parked: BTreeSet<_> =
        end.side.parking.all().into_iter().map(|one| (one.projection, one.account_id, one.version)).collect();
    if let Some(wrong) = parked.difference(&expected.parked).find(|one| !is_late(one, &expected)) {
        violations.push(format!("parked without a reason: {wrong:?}"));
    }
    if let Some(missing) = expected.parked.difference(&parked).next() {
        violations.push(format!("not parked: {missing:?}"));
    }
    violations
}

/// Reconciling looks at an account as a whole, and so parks the history also where only the journal could not go on.
fn is_late((projection, account_id, version): &(Projection, AccountId, u64), expected: &Expected) -> bool {
    *projection == Projection::TransactionHistory
        && expected.parked.contains(&(Projection::AccountSummary, account_id.clone(), *version))
}

/// No gap, nothing twice, each stream in order; and every block on its way to the history.
fn journal(end: &End, expected: &Expected) -> Vec<String> {
    let (mut violations, mut next) = (Vec::new(), 1);
    let (mut places, mut newest) = (BTreeSet::new(), BTreeMap::<String, u64>::new());
    for block in end.side.journal.all() {
        if block.first != next {
            violations.push(format!("position {next} is missing before {}", block.first));
        }
        next = block.end();
        for entry in &block.entries {
            let stream = entry.stream.to_string();
            if newest.insert(stream.clone(), entry.version).is_some_and(|before| before >= entry.version) {
                violations.push(format!("{stream} {} is out of order", entry.version));
            }
            if !places.insert((stream.clone(), entry.version)) {
                violations.push(format!("{stream} {} is there twice", entry.version));
            }
        }
    }
    if places != expected.places {
        violations.push(format!("{} of {} commits are journaled", places.len(), expected.places.len()));
    }
    let handed_on: BTreeSet<u64> = end.side.queue.blocks().iter().map(|block| block.first).collect();
    let lacking = end.side.journal.all().into_iter().find(|block| !handed_on.contains(&block.first));
    if let Some(block) = lacking {
        violations.push(format!("the block at {} was never handed on", block.first));
    }
    violations
}
