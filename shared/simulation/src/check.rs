//! Whether the read side ended up as the plain fold of the events.

use std::collections::{BTreeMap, BTreeSet};

use application::{
    Commit, StreamId,
    codec::{self, Accounts},
    journal::Block,
    ports::{AccountSummary, Journal as _, Parked, Projection, Transaction},
    transactions::transactions,
};
use domain::AccountId;
use read_models::summary::apply_commit;

use testing::MemoryJournal;

use crate::{network::ready, run::ReadSide};

/// What the read models have, wherever they are kept.
#[derive(Clone, Debug, Default)]
pub struct ReadModels {
    /// The row of each account.
    pub rows: BTreeMap<AccountId, AccountSummary>,
    /// The document of each transaction, by its id.
    pub documents: BTreeMap<String, Transaction>,
    /// The whole journal; it may be about other streams too.
    pub blocks: Vec<Block>,
    /// What is parked, and at which version.
    pub parked: BTreeSet<(Projection, AccountId, u64)>,
}

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
    /// What no row can be made of.
    broken: Vec<String>,
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
            match apply_commit(row, commit, &account_id) {
                Ok(row) => _ = expected.rows.insert(account_id.clone(), row),
                Err(error) => expected.broken.push(format!("{account_id} {}: {error}", commit.version)),
            }
            for one in transactions(commit).unwrap() {
                expected.documents.insert(format!("{}:{}", one.account_id, one.version), one);
            }
        }
        expected
    }
}

/// All that is wrong in a run, in words.
pub(crate) fn check(end: &End) -> Vec<String> {
    let mut violations = end.backwards.clone();
    if !end.is_drained {
        violations.push("records or messages are left, though nothing failed any more".to_owned());
    }
    let models = read_models(&end.side, &end.commits);
    violations.extend(differences(&end.commits, &models));
    let streams: BTreeSet<&str> = end.commits.iter().map(|commit| commit.stream.as_str()).collect();
    let entries = models.blocks.iter().flat_map(|block| &block.entries);
    if let Some(entry) = entries.into_iter().find(|entry| !streams.contains(entry.stream.as_str())) {
        violations
            .push(format!("{} {} is journaled, and there is no such commit", entry.stream, entry.version));
    }
    violations.extend(unwritten_ends(&end.side.journal, &models.blocks));
    let handed_on = end.side.queue.taken();
    let mut positions = models.blocks.iter().flat_map(|block| block.first..block.end());
    if let Some(lacking) = positions.find(|position| !handed_on.contains(position)) {
        violations.push(format!("the commit at {lacking} was never handed on"));
    }
    violations
}

/// Before the mark, where each stream ends is written down: whoever begins anew knows nothing else of it.
fn unwritten_ends(journal: &MemoryJournal, blocks: &[Block]) -> Vec<String> {
    let mark = ready(journal.handed_on()).unwrap();
    let moves = blocks.iter().filter(|block| block.first < mark).flat_map(Block::moves);
    let lacks = |(stream, (_, after)): (&StreamId, (u64, u64))| {
        let written = ready(journal.ends(std::slice::from_ref(stream))).unwrap();
        let written = written.get(stream).copied().unwrap_or_default();
        (written < after).then(|| format!("{stream} ends at {after}, and {written} is written down"))
    };
    moves.into_iter().find_map(lacks).into_iter().collect()
}

fn read_models(side: &ReadSide, commits: &[Commit]) -> ReadModels {
    let accounts: BTreeSet<AccountId> =
        commits.iter().filter_map(|commit| commit.stream.account_id()).collect();
    let row = |account_id: AccountId| side.rows.read(&account_id).map(|row| (account_id, row));
    let place = |one: Parked| (one.projection, one.account_id, one.version);
    ReadModels {
        rows: accounts.into_iter().filter_map(row).collect(),
        documents: side.index.all(),
        blocks: side.journal.all(),
        parked: side.parking.all().into_iter().map(place).collect(),
    }
}

/// How the read models differ from what these commits, each stream's in order, come to: in words, nothing if they do not.
#[must_use]
pub fn differences(commits: &[Commit], models: &ReadModels) -> Vec<String> {
    let expected = Expected::of(commits);
    let mut violations = expected.broken.clone();
    for (account_id, expected) in &expected.rows {
        let row = models.rows.get(account_id);
        if row != Some(expected) {
            let version = row.map(|row| row.version);
            violations
                .push(format!("the row of {account_id} is wrong, at {version:?} of {}", expected.version));
        }
    }
    if models.documents != expected.documents {
        let (there, expected) = (models.documents.len(), expected.documents.len());
        violations.push(format!("{there} documents are not the {expected} of the events"));
    }
    violations.extend(journal(&models.blocks, commits, &expected));
    // A reconciliation parks where a projector had not come to it yet.
    if let Some(wrong) = models.parked.difference(&expected.parked).find(|one| !is_late(one, &expected)) {
        violations.push(format!("parked without a reason: {wrong:?}"));
    }
    if let Some(missing) = expected.parked.difference(&models.parked).next() {
        violations.push(format!("not parked: {missing:?}"));
    }
    violations
}

/// Reconciling looks at an account as a whole, and so parks the history also where only the journal could not go on.
fn is_late((projection, account_id, version): &(Projection, AccountId, u64), expected: &Expected) -> bool {
    *projection == Projection::TransactionHistory
        && expected.parked.contains(&(Projection::AccountSummary, account_id.clone(), *version))
}

/// No gap, nothing twice, each stream in order, and every commit there.
fn journal(blocks: &[Block], commits: &[Commit], expected: &Expected) -> Vec<String> {
    let streams: BTreeSet<&str> = commits.iter().map(|commit| commit.stream.as_str()).collect();
    let (mut violations, mut next) = (Vec::new(), 1);
    let (mut places, mut newest) = (BTreeSet::new(), BTreeMap::<&str, u64>::new());
    for block in blocks {
        if block.first != next {
            violations.push(format!("position {next} is missing before {}", block.first));
        }
        next = block.end();
        for entry in &block.entries {
            let stream = entry.stream.as_str();
            if newest.insert(stream, entry.version).is_some_and(|before| before >= entry.version) {
                violations.push(format!("{stream} {} is out of order", entry.version));
            }
            if streams.contains(stream) && !places.insert((stream.to_owned(), entry.version)) {
                violations.push(format!("{stream} {} is there twice", entry.version));
            }
        }
    }
    if places != expected.places {
        violations.push(format!("{} of {} commits are journaled", places.len(), expected.places.len()));
    }
    violations
}
