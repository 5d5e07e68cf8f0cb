//! A client that asks for the newest version it knows of, or for the newest there is, and must never see anything older.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use application::ports::{Freshness, Summaries as _};
use read_models::summary::SummaryReader;

use crate::{
    bugs::{Bug, Planted},
    network::Behind,
    run::{ReadSide, Setting},
};

/// How long apart its questions are.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(1_300);

/// How many it has.
const QUESTIONS: usize = 70;

/// What the client saw that was older than it had asked for.
pub(crate) type Backwards = Arc<Mutex<Vec<String>>>;

pub(crate) fn ask(setting: &Setting, side: &ReadSide, bug: Option<Bug>) -> Backwards {
    let Setting { world, network, bank, .. } = setting;
    let reader = SummaryReader::new(
        Behind { network: network.clone(), inner: Planted::new(bank.store.clone(), bug) },
        Behind { network: network.clone(), inner: Planted::new(side.rows.clone(), bug) },
    );
    let (known, backwards) = (bank.known.clone(), Backwards::default());
    let (inside, seen) = (world.clone(), backwards.clone());
    world.spawn(async move {
        let world = inside;
        for _ in 0..QUESTIONS {
            world.sleep(BETWEEN_QUESTIONS).await;
            let is_strong = world.chance(|rng| rng.u32(..5)) == 0;
            let one = {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let asked = world.chance(|rng| rng.choice(known.iter()).cloned());
                asked.map(|(account_id, version)| {
                    let of_account = known.iter().filter(|(other, _)| *other == account_id);
                    let newest = of_account.map(|(_, version)| *version).max().unwrap_or_default();
                    (account_id, if is_strong { newest } else { version })
                })
            };
            let Some((account_id, version)) = one else { continue };
            let freshness = if is_strong { Freshness::Strong } else { Freshness::AtLeast(version) };
            if let Ok(summary) = reader.find(&account_id, freshness).await {
                world.count("queries answered");
                let shown = summary.map_or(0, |summary| summary.version);
                world.tell(|| format!("{account_id} {freshness:?} of {version}: {shown}"));
                if shown < version {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.push(format!("{account_id}: asked for {version}, got {shown}"));
                }
            }
        }
    });
    backwards
}
