//! Planted bugs: each in a world of its own on the deployed bank, or in what was recorded of a world that was right. Each
//! has to be seen, and by the words that name it.

use std::time::Duration;

use application::{Commit, codec};
use aws_sdk_dynamodb::types::AttributeValue;
use fastrand::Rng;
use futures::future::join_all;
use serde::Serialize;

use crate::{
    client::{Client, open_all},
    clock::Clock,
    forged::Forgery,
    proxy::{Plant, Planted, Proxy},
    stores::Stores,
    verdict::{Record, unconverged},
    world::World,
};

const ACCOUNTS: usize = 4;
const OPERATIONS: usize = 60;

/// How long a row that is lost may be waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A bug, and whether it was seen.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    pub(crate) bug: String,
    pub(crate) is_seen: bool,
    /// The violation that names it, else all there are.
    pub(crate) violations: Vec<String>,
}

/// What is planted in a world on the deployed bank.
#[derive(Clone, Copy)]
enum Bug {
    Table(Planted),
    /// The network sends each command once more, under another key.
    SentTwice,
    /// A commit is deleted behind the back, after it was acknowledged.
    DeletedCommit,
}

/// Each bug, and parts of the words that name it.
const BUGS: [(Bug, &[&str]); 10] = [
    (Bug::Table(Planted::LostCommit), &["0 commits instead of 1"]),
    (Bug::Table(Planted::DoubleCommit), &["2 commits instead of 1"]),
    (Bug::Table(Planted::MissingCreditLeg), &["the bank holds"]),
    // Whoever is overwritten has lost its commit, and what stood on it may have lost its ground.
    (Bug::Table(Planted::NoCondition), &["commits instead of", "does not follow by its hash"]),
    (Bug::Table(Planted::NoRecord), &["answers that say they are the first"]),
    (Bug::Table(Planted::RefusalForgotten), &["answers that say they are the first"]),
    (Bug::Table(Planted::StaleRead), &["stale"]),
    (Bug::Table(Planted::LostRow), &["the row of"]),
    (Bug::SentTwice, &["a commit that nobody asked for"]),
    (Bug::DeletedCommit, &["0 commits instead of 1"]),
];

impl Bug {
    fn name(self) -> String {
        match self {
            Self::Table(planted) => format!("{planted:?}"),
            Self::SentTwice => "SentTwice".to_owned(),
            Self::DeletedCommit => "DeletedCommit".to_owned(),
        }
    }
}

/// Plants every bug, and says of each whether it was seen. Without any fault: a bug has to show by itself.
pub(crate) async fn prove(run: &str, clock: Clock, proxy: &Proxy, stores: &Stores, seed: u64) -> Vec<Seen> {
    let worlds = join_all((0..BUGS.len()).map(async |number| {
        let mut world = World::of(&format!("{run}-bug{number}"), clock, ACCOUNTS).await;
        open_all(&world).await;
        world.shadows = usize::from(matches!(BUGS[number].0, Bug::SentTwice));
        world
    }))
    .await;
    let plant = |((bug, _), world): (&(Bug, &[&str]), &World)| match bug {
        Bug::Table(planted) => {
            let users = world.users[..world.admin()].iter().map(|user| user.id.to_string()).collect();
            Some(Plant::new(*planted, format!("{}-", world.name), users, world.accounts[0].id.to_string()))
        }
        Bug::SentTwice | Bug::DeletedCommit => None,
    };
    proxy.set_plants(BUGS.iter().zip(&worlds).filter_map(plant).collect());
    join_all(
        worlds.iter().zip(BUGS).zip(0..).map(|((world, (bug, _)), number)| live(world, bug, seed + number)),
    )
    .await;
    let arrivals = proxy.take_arrivals();
    let mut seen = Vec::new();
    for (world, (bug, words)) in worlds.iter().zip(BUGS) {
        let mut record = Record::of(world, stores, arrivals.clone()).await;
        if let Bug::DeletedCommit = bug {
            seen.extend(forge(world, stores, &record).await);
            delete_newest(&record, stores).await;
            record.commits = stores.commits(&world.streams()).await;
        }
        let mut violations = record.violations();
        if let Bug::Table(Planted::LostRow) = bug {
            violations.extend(unconverged(world, stores, &record.commits, PATIENCE).await.0);
        }
        seen.push(judge(bug.name(), words, violations));
    }
    proxy.set_plants(Vec::new());
    seen
}

/// Clients are at work as in a schedule, and all of it is settled.
async fn live(world: &World, bug: Bug, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    // Who overwrites has to meet somebody.
    let clients = if let Bug::Table(Planted::NoCondition) = bug { 6 } else { 2 };
    let clients: Vec<Client<'_>> = (0..clients).map(|_| Client::new(world, rng.fork())).collect();
    let sent = join_all(clients.into_iter().map(|client| client.run(OPERATIONS))).await;
    let sent: Vec<_> = sent.into_iter().flatten().collect();
    world.settle_all(&sent, &mut rng).await;
    world.read_all().await;
}

/// What was recorded of a world that is right, forged in every way.
async fn forge(world: &World, stores: &Stores, record: &Record) -> Vec<Seen> {
    let (violations, models) = unconverged(world, stores, &record.commits, PATIENCE * 6).await;
    let mut all = vec![judge_right([record.violations(), violations].concat())];
    for forgery in Forgery::ALL {
        let (mut record, mut models) = (record.clone(), models.clone());
        let violations = match forgery.forge(&mut record, &mut models) {
            Some(()) => [record.violations(), simulation::differences(&record.commits, &models)].concat(),
            None => vec!["there was nothing to forge".to_owned()],
        };
        all.push(judge(format!("{forgery:?}"), &[forgery.words()], violations));
    }
    all
}

/// A world without a bug: what names it is that nothing is seen.
fn judge_right(violations: Vec<String>) -> Seen {
    Seen { bug: "none".to_owned(), is_seen: violations.is_empty(), violations }
}

fn judge(bug: String, words: &[&str], violations: Vec<String>) -> Seen {
    let names = |violation: &&String| words.iter().any(|words| violation.contains(words));
    match violations.iter().find(names).cloned() {
        Some(named) => Seen { bug, is_seen: true, violations: vec![named] },
        None => Seen { bug, is_seen: false, violations },
    }
}

/// Deletes the newest commit of an account, one that stands alone for its command, as nothing in the bank can.
async fn delete_newest(record: &Record, stores: &Stores) {
    let command = |commit: &Commit| codec::metadata(commit).ok().map(|metadata| metadata.command_id);
    let is_newest = |commit: &Commit| {
        let later = |other: &Commit| other.stream == commit.stream && other.version > commit.version;
        !record.commits.iter().any(later)
    };
    let is_alone = |commit: &Commit| {
        record.commits.iter().filter(|other| command(other) == command(commit)).count() == 1
    };
    let commit = record.commits.iter().find(|commit| is_newest(commit) && is_alone(commit));
    let Some(commit) = commit else { return };
    let key = [
        ("stream", AttributeValue::S(commit.stream.to_string())),
        ("version", AttributeValue::N(commit.version.to_string())),
    ];
    let key = key.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let delete = stores.client.delete_item().table_name(&stores.tables.events).set_key(Some(key));
    delete.send().await.expect("an item can be deleted");
}
