//! All the checks over one world: those of the simulators, and what only a deployed bank shows.

use std::{sync::PoisonError, time::Duration};

use application::Commit;
use bank::clock::{now, pause};
use simulation::{ReadModels, differences};
use testing::{
    check::{self, Arrivals},
    history::Entry,
};

use crate::{
    reads::{self, Read},
    said::Said,
    stores::Stores,
    world::World,
};

const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What was recorded of a world, and what is stored of it.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) entries: Vec<Entry<Said>>,
    pub(crate) reads: Vec<Read>,
    pub(crate) commits: Vec<Commit>,
    pub(crate) arrivals: Arrivals,
    /// What is not as it has to be, seen on the way.
    pub(crate) oddities: Vec<String>,
}

impl Record {
    /// As it is now.
    pub(crate) async fn of(world: &World, stores: &Stores, arrivals: Arrivals) -> Self {
        let entries = world.history.entries();
        let reads = world.reads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let commits = stores.commits(&world.streams()).await;
        let oddities = world.oddities.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { entries, reads, commits, arrivals, oddities }
    }

    /// What cannot be true of commands, commits and reads, in words.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut violations = self.oddities.clone();
        violations.extend(check::check(&self.entries, &self.commits, &self.arrivals));
        violations.extend(reads::check(&self.reads, &self.entries, &self.commits, &self.arrivals));
        violations
    }
}

/// How the read models differ from the commits once they have had their time, in words.
pub(crate) async fn unconverged(
    world: &World,
    stores: &Stores,
    commits: &[Commit],
    patience: Duration,
) -> (Vec<String>, ReadModels) {
    let (begun, streams) = (now(), world.streams());
    loop {
        let (violations, models) = match stores.read_models(&streams).await {
            Ok(models) => (differences(commits, &models), models),
            Err(error) => (vec![format!("the read models cannot be read: {error}")], ReadModels::default()),
        };
        if violations.is_empty() || begun.elapsed() > patience {
            return (violations, models);
        }
        pause(BETWEEN_LOOKS).await;
    }
}
