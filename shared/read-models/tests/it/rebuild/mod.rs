//! Rebuilds: into a new generation beside the one that is read, as of a time, in place, given up, and gone back from.

mod faults;
mod scene;
mod stores;

use application::{
    StreamId,
    ports::{
        Environment as _, Generations, Lag, ParkedCount, Projection, Projections as _, RebuildError,
        RebuildRequest, RebuildStatus, Scope,
    },
};
use domain::Decimal;
use read_models::{
    generations::{GenerationCatalog as _, Generational as _},
    parking::{Parked, Parking as _},
    rebuild::Worked,
    summary::{SummaryCatalog as _, SummaryTable as _, Written},
};
use uuid::Uuid;

use scene::{Scene, far};

const ALL: Scope = Scope::All { switch: true };

async fn generations(scene: &Scene, projection: Projection) -> (u32, Vec<u32>, u32) {
    let Generations { read, written, newest } = scene.control.generations(projection).await.unwrap();
    (read, written, newest)
}

#[tokio::test]
async fn a_rebuild_makes_a_new_generation_and_queries_read_it_once_it_is_whole() {
    for projection in Projection::READ_MODELS {
        let scene = Scene::new(7).await;
        let begun = scene.start(projection, ALL, 3).await.unwrap();
        assert_eq!((begun.status, begun.segments_done, begun.done), (RebuildStatus::Running, 0, 0));
        assert_eq!((begun.generation, begun.total), (Some(2), Some(scene.commits())));
        assert_eq!(generations(&scene, projection).await, (1, vec![2, 1], 2), "both are written, 1 is read");
        scene.work().await;
        let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
        assert_eq!((over.status, over.segments_done), (RebuildStatus::Completed, 3));
        assert_eq!(over.done, scene.commits(), "each commit is counted once");
        assert_eq!(generations(&scene, projection).await, (2, vec![1, 2], 2));
        scene.check(projection, 1).await;
        scene.check(projection, 2).await;
    }
}

#[tokio::test]
async fn what_is_written_meanwhile_is_in_both_generations() {
    for projection in Projection::READ_MODELS {
        let mut scene = Scene::new(5).await;
        scene.start(projection, Scope::All { switch: false }, 2).await.unwrap();
        scene.deposits("a-0", 4).await;
        scene.work().await;
        scene.deposits("a-4", 3).await;
        assert_eq!(generations(&scene, projection).await, (1, vec![2, 1], 2), "nobody has switched");
        scene.check(projection, 1).await;
        scene.check(projection, 2).await;
    }
}

#[tokio::test]
async fn the_way_back_is_one_step_and_nothing_is_missing_there() {
    let projection = Projection::AccountSummary;
    let mut scene = Scene::new(4).await;
    scene.start(projection, ALL, 2).await.unwrap();
    scene.work().await;
    scene.deposits("a-2", 2).await;
    let back = scene.administration().read(projection, 1).await.unwrap();
    assert_eq!((back.read, back.written), (1, vec![2, 1]));
    scene.check(projection, 1).await;
    let missing = scene.administration().read(projection, 3).await;
    assert!(matches!(missing, Err(RebuildError::GenerationNotFound)), "{missing:?}");
}

#[tokio::test]
async fn a_bank_as_of_a_time_has_exact_sums_and_stands_beside_the_live_one() {
    let projection = Projection::AccountSummary;
    let scene = Scene::new(6).await;
    let tomorrow = Scope::Until { until: scene.environment.now().plus_seconds(86_400) };
    let early = scene.start(projection, tomorrow, 1).await;
    assert!(matches!(early, Err(RebuildError::NotSettled)), "{early:?}");
    scene.environment.advance(30 * 86_400);
    // Accounts have a deposit of 10 a day, the number of an account says how many.
    for days in [0, 2, 5] {
        let until = scene.accounts["a-0"].commits[0].timestamp.plus_seconds(days * 86_400);
        let begun = scene.start(projection, Scope::Until { until }, 3).await.unwrap();
        scene.work().await;
        let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
        assert_eq!(over.status, RebuildStatus::Completed);
        let deposits: i64 = (0..6).map(|account: i64| account.min(days) * 10).sum();
        let [total] = over.totals.try_into().unwrap();
        assert_eq!((total.accounts, total.balance), (6, Decimal::from(6_000 + deposits)));
        assert_eq!((total.deposits, total.withdrawals), (total.balance, Decimal::ZERO));
        assert_eq!(scene.control.generations(projection).await.unwrap().written, [1], "it stays as it was");
    }
    let read = scene.administration().read(projection, 2).await;
    assert!(matches!(read, Err(RebuildError::GenerationNotFound)), "{read:?}");
    scene.check(projection, 1).await;
}

#[tokio::test]
async fn a_replay_of_the_journal_rights_what_is_wrong_where_it_is() {
    let projection = Projection::AccountSummary;
    let scene = Scene::new(5).await;
    for id in ["a-1", "a-4"] {
        let mut row = scene.row(1, id).await.unwrap();
        (row.balance, row.recent_transaction_ids) = (row.total_withdrawals, Vec::new());
        let version = row.version;
        assert_eq!(scene.table.write(&row, Some(version)).await.unwrap(), Written::Done);
    }
    scene.index.tamper(std::collections::BTreeMap::clear);
    for projection in Projection::READ_MODELS {
        let begun = scene.start(projection, Scope::From { from: 1 }, 4).await.unwrap();
        assert_eq!(begun.generation, None);
        scene.work().await;
        let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
        assert_eq!((over.status, over.done), (RebuildStatus::Completed, scene.commits()));
        scene.check(projection, 1).await;
    }
    assert_eq!(generations(&scene, projection).await, (1, vec![1], 1));
}

#[tokio::test]
async fn a_rebuild_that_is_given_up_leaves_nothing_behind() {
    for projection in Projection::READ_MODELS {
        let scene = Scene::new(5).await;
        let begun = scene.start(projection, ALL, 2).await.unwrap();
        let first = scene.take(0).unwrap();
        // One page, or two.
        scene.worker().work(first, far()).await.unwrap();
        let cancelled = scene.administration().cancel(projection, begun.id).await.unwrap();
        assert_eq!(cancelled.status, RebuildStatus::Cancelling);
        scene.work().await;
        let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
        assert_eq!(over.status, RebuildStatus::Cancelled);
        assert_eq!(generations(&scene, projection).await, (1, vec![1], 2));
        assert_eq!(scene.table.at(2).keys(None, 10).await.unwrap(), (Vec::new(), None));
        assert_eq!(scene.index.at(2).all().len(), 0);
        scene.check(projection, 1).await;
        let again = scene.administration().cancel(projection, begun.id).await.unwrap();
        assert_eq!(again.status, RebuildStatus::Cancelled, "to ask again is no harm");
        let next = scene.start(projection, ALL, 1).await.unwrap();
        assert_eq!(next.generation, Some(3), "a number is never given twice");
    }
}

#[tokio::test]
async fn queries_are_not_led_to_a_generation_that_lacks_what_cannot_be_projected() {
    for projection in Projection::READ_MODELS {
        let scene = Scene::new(5).await;
        scene.store.store.tamper(&StreamId::account(&scene.accounts["a-3"].id), |commits| {
            let commit = commits.get_mut(&2).unwrap();
            commit.events = commit.events.replace("MoneyDeposited", "MoneyBurned");
        });
        let begun = scene.start(projection, ALL, 2).await.unwrap();
        scene.work().await;
        let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
        assert_eq!((over.status, over.parked > 0), (RebuildStatus::Completed, true));
        assert_eq!(generations(&scene, projection).await, (1, vec![2, 1], 2), "the old one is read");
        // Somebody has looked, and wants it all the same.
        let read = scene.administration().read(projection, 2).await.unwrap();
        assert_eq!((read.read, read.written), (2, vec![1, 2]));
    }
}

#[tokio::test]
async fn a_generation_is_taken_away_unless_it_is_read() {
    let projection = Projection::AccountSummary;
    let mut scene = Scene::new(5).await;
    scene.start(projection, ALL, 2).await.unwrap();
    scene.work().await;
    let left = scene.start(projection, Scope::Drop { generation: 1 }, 1).await;
    assert!(matches!(left, Err(RebuildError::GenerationInUse)), "a query may be at it still: {left:?}");
    scene.environment.advance(60);
    let in_use = scene.start(projection, Scope::Drop { generation: 2 }, 1).await;
    assert!(matches!(in_use, Err(RebuildError::GenerationInUse)), "{in_use:?}");
    let unknown = scene.start(projection, Scope::Drop { generation: 9 }, 1).await;
    assert!(matches!(unknown, Err(RebuildError::GenerationNotFound)), "{unknown:?}");
    scene.start(projection, Scope::Drop { generation: 1 }, 1).await.unwrap();
    scene.work().await;
    scene.deposits("a-1", 1).await;
    assert_eq!(generations(&scene, projection).await, (2, vec![2], 2));
    assert_eq!(scene.row(1, "a-1").await, None);
    scene.check(projection, 2).await;
}

#[tokio::test]
async fn one_rebuild_runs_at_a_time_and_its_id_stands_for_it() {
    let projection = Projection::AccountSummary;
    let scene = Scene::new(2).await;
    let request = RebuildRequest { id: Uuid::from_u128(7), scope: ALL, segments: 2 };
    let administration = scene.administration();
    administration.start(projection, &request).await.unwrap();
    let again = administration.start(projection, &request).await.unwrap();
    assert_eq!((again.id, again.generation), (request.id, Some(2)));
    let other = RebuildRequest { scope: Scope::From { from: 1 }, ..request };
    assert!(matches!(administration.start(projection, &other).await, Err(RebuildError::Reused)));
    let other = RebuildRequest { id: Uuid::from_u128(8), ..request };
    let running = administration.start(projection, &other).await;
    assert!(matches!(running, Err(RebuildError::Running(id)) if id == request.id), "{running:?}");
    let journal = administration.start(Projection::Journal, &other).await;
    assert!(matches!(journal, Err(RebuildError::NotRebuildable(Projection::Journal))), "{journal:?}");
    let in_the_making = administration.read(projection, 2).await;
    assert!(matches!(in_the_making, Err(RebuildError::Running(_))), "{in_the_making:?}");
    scene.work().await;
    administration.start(projection, &other).await.unwrap();
}

#[tokio::test]
async fn a_worker_whose_time_is_up_leaves_the_rest_to_the_next() {
    let projection = Projection::TransactionHistory;
    let scene = Scene::new(6).await;
    let begun = scene.start(projection, ALL, 1).await.unwrap();
    let task = scene.take(0).unwrap();
    let past = "2000-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(scene.worker().work(task, past).await.unwrap(), Worked::More);
    assert_eq!(scene.worker().work(task, far()).await.unwrap(), Worked::Done);
    scene.work().await;
    let over = scene.administration().rebuild(projection, begun.id).await.unwrap();
    assert_eq!((over.status, over.done), (RebuildStatus::Completed, scene.commits()));
}

#[tokio::test]
async fn how_far_a_projection_is_behind_is_counted_in_what_it_lacks() {
    let scene = Scene::new(5).await;
    let states = scene.administration().states().await.unwrap();
    assert!(states.iter().take(2).all(|state| state.lag == Lag::default()), "{states:?}");
    // The last three of four deposits, and the last document, have not come.
    let account = &scene.accounts["a-4"];
    let mut behind = account.summary();
    behind.version = 2;
    scene.table.at(1).remove("a-4", None).await.unwrap();
    scene.table.write(&behind, None).await.unwrap();
    scene.index.tamper(|documents| {
        documents.remove("a-4:5");
    });
    let states = scene.administration().states().await.unwrap();
    let lag: Vec<(u64, bool)> =
        states.iter().map(|state| (state.lag.commits, state.lag.since.is_some())).collect();
    assert_eq!(lag[..2], [(3, true), (1, true)]);
    assert!(states.iter().all(|state| state.position == scene.commits()));
    // What is parked is not on its way.
    let id = StreamId::account(&account.id).account_id().unwrap();
    scene.parking.park(&Parked::new(Projection::AccountSummary, id, 3, "poison")).await.unwrap();
    let states = scene.administration().states().await.unwrap();
    assert_eq!((states[0].lag, states[1].lag.commits), (Lag::default(), 1));
    assert_eq!((states[0].parked.accounts, states[1].parked), (1, ParkedCount::default()));
}
