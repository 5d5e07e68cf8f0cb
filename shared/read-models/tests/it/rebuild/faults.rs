//! Rebuilds whose tasks come in any order and twice, whose workers die between what they do and the note of it, while
//! clients and projectors go on. And builds with a bug, which this has to find.

use std::collections::BTreeMap;

use application::ports::{Projection, Projections as _, RebuildRequest, RebuildStatus};
use read_models::rebuild::Worked;
use uuid::Uuid;

use super::{
    ALL,
    scene::{Scene, far},
    stores::Bug,
};

const SEEDS: u64 = 200;

/// How often somebody has to look after a rebuild, at the most: a table that fails one write in four is hard to work at.
const ROUNDS_MAX: u32 = 2_000;

/// A projector has two generations to write to, and begins in between.
const TURNS: u32 = 3;

/// What queries have seen.
type Versions = BTreeMap<String, u64>;

async fn rebuild_under_faults(seed: u64, bug: Option<Bug>) -> Result<(), String> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let projection = *chance.choice(Projection::READ_MODELS.iter()).unwrap();
    let mut scene = Scene::with(chance.usize(1..6), bug).await;
    let request = RebuildRequest { id: Uuid::from_u128(seed.into()), scope: ALL, segments: chance.u32(1..4) };
    scene.control.shake(Some(seed));
    let mut versions = Versions::new();
    for _ in 0..ROUNDS_MAX {
        match chance.u8(0..10) {
            // Whoever got no answer asks again, with the same id.
            0 => drop(scene.administration().start(projection, &request).await),
            1 | 2 => {
                let id = format!("a-{}", chance.usize(0..scene.accounts.len()));
                let count = chance.usize(1..3);
                let new = scene.deposits_alone(&id, count).await;
                // A projector, a worker and a query in turns.
                let work = async {
                    for _ in 0..TURNS {
                        look(&scene, &mut versions).await?;
                        work_at_one(&scene, &mut chance).await;
                        look(&scene, &mut versions).await?;
                        tokio::task::yield_now().await;
                    }
                    Ok::<(), String>(())
                };
                let ((), looked) = futures::join!(scene.project(new), work);
                looked?;
            }
            3..9 => work_at_one(&scene, &mut chance).await,
            _ => look(&scene, &mut versions).await?,
        }
        let rebuild = scene.administration().rebuild(projection, request.id).await;
        if let Ok(rebuild) = rebuild
            && rebuild.status == RebuildStatus::Completed
        {
            look(&scene, &mut versions).await?;
            scene.control.shake(None);
            let read = scene.read(projection).await;
            if read == 1 || rebuild.done > scene.commits() {
                return Err(format!(
                    "generation {read} is read, {} of {} done",
                    rebuild.done,
                    scene.commits()
                ));
            }
            scene.compare(projection, read).await?;
            return scene.compare(projection, 1).await;
        }
    }
    Err("the rebuild has no end".to_owned())
}

/// Takes any of the tasks; it comes again if it was not done, and sometimes if it was.
async fn work_at_one(scene: &Scene, chance: &mut fastrand::Rng) {
    let waiting = scene.queue.0.lock().unwrap().len();
    let Some(task) = scene.take(chance.usize(0..waiting.max(1))) else { return };
    let is_doubled = chance.u8(0..4) == 0;
    // Two at once: each has read how far the segment is before either has noted it.
    let (worker, other) = (scene.worker(), scene.worker());
    let worked = if is_doubled {
        let (worked, _) = futures::join!(worker.work(task, far()), other.work(task, far()));
        worked
    } else {
        worker.work(task, far()).await
    };
    if is_doubled || !matches!(worked, Ok(Worked::Done)) {
        scene.queue.0.lock().unwrap().push(task);
    }
}

/// A query as any client sends it never sees less of an account than the one before.
pub(super) async fn look(scene: &Scene, versions: &mut Versions) -> Result<(), String> {
    let read = scene.read(Projection::AccountSummary).await;
    for id in scene.accounts.keys() {
        let row = scene.row(read, id).await;
        let version = row.map_or(0, |row| row.version);
        let before = versions.insert(id.clone(), version).unwrap_or_default();
        if version < before {
            return Err(format!("{id} was at {before}, and is at {version}"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn whatever_fails_and_comes_twice_the_new_generation_is_what_the_events_come_to() {
    for seed in 0..SEEDS {
        rebuild_under_faults(seed, None).await.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
}

#[tokio::test]
async fn every_planted_bug_is_found() {
    for bug in Bug::ALL {
        let mut found = None;
        for seed in 0..SEEDS {
            if let Err(wrong) = rebuild_under_faults(seed, Some(bug)).await {
                found = Some((seed, wrong));
                break;
            }
        }
        assert!(found.is_some(), "{bug:?} was not found in {SEEDS} seeds");
    }
}
