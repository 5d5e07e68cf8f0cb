//! One run: a bank that lives, a read side that follows, and faults for a while.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::PoisonError,
    time::Duration,
};

use read_models::{history::MemoryTransactionIndex, parking::MemoryParking};
use testing::{
    MemoryJournal,
    simulator::{Counts, Faults, World},
};

use crate::{
    bank::Bank,
    bugs::Bug,
    check::{End, check},
    client, functions,
    network::Network,
    operator,
    queue::{Queue, RECEIVES_MAX, VISIBILITY_TIMEOUT},
    rows::Rows,
    stream::{RETENTION, Shard, Stream},
};

/// How long everything may fail; and once more where readers come back after a day.
const STORM: Duration = Duration::from_secs(90);

/// A search may be out for so much longer than a message's tries that some become dead letters; and how many requests
/// of a million are lost until then.
const OUTAGE_LONGER: Duration = Duration::from_mins(10);
const OUTAGE: u32 = 950_000;

/// What came of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// A number over each step: two runs with the same one went the same way.
    pub trace: u64,
    /// What happened, and how often.
    pub counts: Counts,
    /// What is wrong in the end.
    pub violations: Vec<String>,
}

/// The stores of the read side.
#[derive(Clone, Default)]
pub(crate) struct ReadSide {
    pub(crate) rows: Rows,
    pub(crate) index: MemoryTransactionIndex,
    pub(crate) parking: MemoryParking,
    pub(crate) journal: MemoryJournal,
    pub(crate) queue: Queue,
}

/// The world of one run.
pub(crate) struct Setting {
    pub(crate) world: World,
    pub(crate) network: Network,
    /// The network before OpenSearch: in some worlds one of its own.
    pub(crate) search: Network,
    pub(crate) bank: Bank,
    /// Whether some readers of the stream are away for longer than it keeps its records.
    pub(crate) is_away: bool,
}

impl Setting {
    fn new(world: World, bug: Option<Bug>) -> Self {
        let faults = world.chance(Faults::draw);
        let network = Network::new(world.clone(), faults);
        let bank = Bank::new(world.clone(), [(); 2].map(|()| Stream::new(world.clone(), bug)));
        network.change_after(STORM, Faults::none());
        let is_away = world.chance(|rng| rng.u32(..4)) == 0;
        if is_away {
            network.change_after(RETENTION, faults);
            network.change_after(RETENTION + 2 * STORM, Faults::none());
        }
        let search = match world.chance(|rng| rng.u32(..6)) {
            0 => {
                let search = Network::new(world.clone(), Faults { request_lost: OUTAGE, ..faults });
                search.change_after(VISIBILITY_TIMEOUT * RECEIVES_MAX + OUTAGE_LONGER, Faults::none());
                search
            }
            _ => network.clone(),
        };
        Self { world, network, search, bank, is_away }
    }
}

/// Runs a seed, with a bug or without.
#[must_use]
pub fn run(seed: u64, bug: Option<Bug>) -> Run {
    run_in(World::new(seed), seed, bug)
}

/// What happens in a seed's run, step by step.
#[must_use]
pub fn story(seed: u64) -> Vec<String> {
    let world = World::told(seed);
    // A run that panics has a story too, up to there.
    let _ = catch_unwind(AssertUnwindSafe(|| run_in(world.clone(), seed, None)));
    world.story()
}

fn run_in(world: World, seed: u64, bug: Option<Bug>) -> Run {
    let (setting, side) = (Setting::new(world, bug), ReadSide::default());
    let Setting { world, bank, .. } = &setting;
    world.spawn(bank.clone().live());
    functions::summaries(&setting, &side, bug);
    functions::relay(&setting, &side, bug);
    functions::history(&setting, &side, bug);
    let backwards = client::ask(&setting, &side, bug);
    world.run();

    let mut violations = Vec::new();
    if world.counts().contains_key("records trimmed") || side.queue.has_dead_letters() {
        world.count("reconciled");
        violations.extend(operator::reconcile(bank, &side));
    }
    let is_drained =
        side.queue.is_empty() && bank.readers.iter().flat_map(|stream| &stream.shards).all(Shard::is_empty);
    let backwards = backwards.lock().unwrap_or_else(PoisonError::into_inner).clone();
    violations.extend(check(&End { commits: bank.store.all(), side, backwards, is_drained }));
    Run { seed, trace: world.trace(), counts: world.counts(), violations }
}
