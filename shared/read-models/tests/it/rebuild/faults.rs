//! Rebuilds whose tasks come in any order and twice, whose workers die between what they do and the note of it, while
//! clients and projectors go on.

use application::ports::{Projection, Projections as _, RebuildRequest, RebuildStatus};
use read_models::{generations::GenerationCatalog as _, rebuild::Worked};
use uuid::Uuid;

use super::{
    ALL,
    scene::{Scene, far},
};

const SEEDS: u64 = 200;

/// How often somebody has to look after a rebuild, at the most: a table that fails one write in four is hard to work at.
const ROUNDS_MAX: u32 = 2_000;

async fn rebuild_under_faults(seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let projection = *chance.choice(Projection::READ_MODELS.iter()).unwrap();
    let mut scene = Scene::new(chance.usize(1..6)).await;
    let request = RebuildRequest { id: Uuid::from_u128(seed.into()), scope: ALL, segments: chance.u32(1..4) };
    scene.control.shake(Some(seed));
    let mut versions = std::collections::BTreeMap::<String, u64>::new();
    for _ in 0..ROUNDS_MAX {
        match chance.u8(0..10) {
            // Whoever got no answer asks again, with the same id.
            0 => drop(scene.administration().start(projection, &request).await),
            1 | 2 => {
                let id = format!("a-{}", chance.usize(0..scene.accounts.len()));
                scene.deposits(&id, chance.usize(1..3)).await;
            }
            3..9 => {
                let waiting = scene.queue.0.lock().unwrap().len();
                if let Some(task) = scene.take(chance.usize(0..waiting.max(1))) {
                    let is_doubled = chance.u8(0..4) == 0;
                    let worked = scene.worker().work(task, far()).await;
                    if is_doubled || !matches!(worked, Ok(Worked::Done)) {
                        scene.queue.0.lock().unwrap().push(task);
                    }
                }
            }
            _ => look(&scene, projection, &mut versions).await,
        }
        let rebuild = scene.administration().rebuild(projection, request.id).await;
        if rebuild.is_ok_and(|rebuild| rebuild.status == RebuildStatus::Completed) {
            look(&scene, projection, &mut versions).await;
            scene.control.shake(None);
            let read = scene.control.generations(projection).await.unwrap().read;
            assert!(read > 1, "seed {seed}: the new generation is read");
            scene.check(projection, read).await;
            scene.check(projection, 1).await;
            return;
        }
    }
    panic!("seed {seed}: the rebuild has no end");
}

/// A query as any client sends it never sees less of an account than the one before.
async fn look(scene: &Scene, projection: Projection, versions: &mut std::collections::BTreeMap<String, u64>) {
    if projection != Projection::AccountSummary {
        return;
    }
    let read = scene.control.generations(projection).await.unwrap().read;
    for id in scene.accounts.keys() {
        let row = scene.row(read, id).await;
        let version = row.map_or(0, |row| row.version);
        let before = versions.insert(id.clone(), version).unwrap_or_default();
        assert!(version >= before && version > 0, "{id} was at {before}, and is at {version}");
    }
}

#[tokio::test]
async fn whatever_fails_and_comes_twice_the_new_generation_is_what_the_events_come_to() {
    for seed in 0..SEEDS {
        rebuild_under_faults(seed).await;
    }
}
