//! Random differences of all kinds: each is found, named rightly and mended, and then there is none.

use std::collections::BTreeSet;

use application::ports::Projection;
use read_models::{
    history::MemoryTransactionIndex,
    reconcile::{Kind, Mode, Scope},
    summary::MemorySummaryTable,
};

use crate::{
    account::Account,
    planted::{Bank, Place, Plan, journal_plans, places, plans, transactions_of},
    reconcile_scene::Scene,
};

/// How many differences are planted in all, and how many of them in the journal.
const DIFFERENCES: usize = 1_000;
const DIFFERENCES_OF_JOURNAL: usize = 150;

async fn bank(rng: &mut fastrand::Rng, accounts: usize) -> Bank {
    Bank::new(rng, accounts, 9).await
}

#[tokio::test]
async fn a_thousand_random_differences_are_found_named_and_mended() {
    for seed in 0..3 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let bank = bank(&mut rng, 400).await;
        let mut scene = Scene::of(&bank).await;
        assert_eq!(scene.check().await, [], "seed {seed}");
        let mut plans = plans(&mut rng, &bank, DIFFERENCES - DIFFERENCES_OF_JOURNAL);
        for plan in &plans {
            scene.plant(&mut rng, plan).await;
        }
        plans.extend(journal_plans(&mut rng, &bank, DIFFERENCES_OF_JOURNAL));
        scene.journal_lacks(&bank, &plans).await;
        let planted: BTreeSet<Place> = plans.iter().map(Plan::place).collect();

        let found = scene.check().await;
        assert_eq!(places(&found), planted, "seed {seed}");
        assert_eq!(found.len(), DIFFERENCES, "seed {seed}: none twice");
        assert!(found.iter().all(|difference| !difference.repaired), "seed {seed}: a check writes nothing");

        let (repaired, summary) = scene.run(Mode::Repair, &Scope::default()).await;
        assert_eq!(places(&repaired), planted, "seed {seed}");
        assert!(repaired.iter().all(|difference| difference.repaired), "seed {seed}");
        assert_eq!((summary.differences, summary.repaired, summary.left()), (1_000, 1_000, 0));
        assert_eq!(scene.check().await, [], "seed {seed}");
        scene.is_right(&bank).await;
        assert_eq!(scene.parking.all(), []);
    }
}

#[tokio::test]
async fn long_accounts_are_compared_page_by_page() {
    let mut rng = fastrand::Rng::with_seed(7);
    let bank = Bank::new(&mut rng, 2, 2).await;
    let mut long = Account::checking("long");
    for _ in 0..1_300 {
        long.deposits("1");
    }
    bank.store.overwrite(&long.commits);
    let bank = Bank { accounts: bank.accounts.into_iter().chain([long]).collect(), ..bank };
    let scene = Scene::of(&bank).await;
    assert_eq!(scene.check().await, []);
    // More than one page of suspects, and some in each page of what is there.
    scene.index.tamper(|all| all.retain(|_, one| one.version % 3 == 0));
    let found = scene.repair().await;
    let lost = bank.accounts.iter().flat_map(transactions_of).filter(|one| one.version % 3 != 0).count();
    assert_eq!(found.len(), lost);
    assert!(found.iter().all(|one| one.kind == Kind::DocumentMissing && one.repaired));
    scene.is_right(&bank).await;
}

#[tokio::test]
async fn read_models_that_are_gone_altogether_are_made_anew() {
    let mut rng = fastrand::Rng::with_seed(8);
    let bank = bank(&mut rng, 50).await;
    let scene = Scene::of(&bank).await;
    let empty =
        Scene { table: MemorySummaryTable::default(), index: MemoryTransactionIndex::default(), ..scene };
    assert!(empty.repair().await.iter().all(|difference| difference.repaired));
    empty.is_right(&bank).await;
}

#[tokio::test]
async fn only_what_is_asked_for_is_compared() {
    let mut rng = fastrand::Rng::with_seed(9);
    let bank = bank(&mut rng, 3).await;
    let scene = Scene::of(&bank).await;
    let empty =
        Scene { table: MemorySummaryTable::default(), index: MemoryTransactionIndex::default(), ..scene };
    let account_id = Some(bank.accounts[1].id.clone());
    let projection = Some(Projection::AccountSummary);
    let (of_one, _) = empty.run(Mode::Check, &Scope { account_id: account_id.clone(), projection }).await;
    assert_eq!(of_one.len(), 1);
    assert_eq!((of_one[0].account_id.as_str(), of_one[0].kind), ("account-0001", Kind::RowMissing));
    let (of_all, _) = empty.run(Mode::Check, &Scope { account_id: None, projection }).await;
    assert_eq!(of_all.len(), 3);
    let (both, _) = empty.run(Mode::Check, &Scope { account_id, projection: None }).await;
    assert_eq!(both.len(), 1 + transactions_of(&bank.accounts[1]).len());
}

#[tokio::test]
async fn events_that_cannot_be_read_are_said_and_parked_and_all_else_is_mended() {
    let mut rng = fastrand::Rng::with_seed(10);
    let bank = bank(&mut rng, 4).await;
    let scene = Scene::of(&bank).await;
    let poisoned = &bank.accounts[2];
    scene.store.tamper(&application::StreamId::account(&poisoned.id), |commits| {
        let commit = commits.get_mut(&2).unwrap();
        commit.events = commit.events.replace(r#""v":"#, r#""v":7"#);
    });
    // What was projected while it could be read stays; what lies around it is mended.
    scene.index.tamper(|all| drop(all.remove(&format!("{}:1", poisoned.id))));
    let expected = |kind, projection, version| (projection, poisoned.id.to_string(), kind, version);
    let expected = BTreeSet::from([
        expected(Kind::EventsUnreadable, Projection::AccountSummary, 2),
        expected(Kind::EventsUnreadable, Projection::TransactionHistory, 2),
        expected(Kind::DocumentMissing, Projection::TransactionHistory, 1),
    ]);
    assert_eq!(places(&scene.check().await), expected);
    assert_eq!(scene.parking.all(), [], "a check writes nothing");
    let (found, summary) = scene.run(Mode::Repair, &Scope::default()).await;
    assert_eq!(places(&found), expected);
    assert_eq!((summary.unreadable_accounts, summary.left()), (1, 2));
    let parked: Vec<_> = scene.parking.all().into_iter().map(|row| (row.projection, row.version)).collect();
    assert_eq!(parked, [(Projection::AccountSummary, 2), (Projection::TransactionHistory, 2)]);
    scene.is_right(&bank).await;

    // Once the cause is mended, the next run takes the account out of the parking lot.
    scene.store.overwrite(&poisoned.commits);
    let (found, summary) = scene.run(Mode::Repair, &Scope::default()).await;
    assert_eq!((found, summary.redriven), (Vec::new(), 2));
    assert_eq!(scene.parking.all(), []);
}

#[tokio::test]
async fn what_a_hole_in_the_events_leaves_open_stays_as_it_is() {
    let mut rng = fastrand::Rng::with_seed(11);
    let bank = bank(&mut rng, 1).await;
    let scene = Scene::of(&bank).await;
    let account = &bank.accounts[0];
    let newest = account.summary().version;
    scene.store.tamper(&application::StreamId::account(&account.id), |commits| drop(commits.remove(&2)));
    let expected: BTreeSet<Place> =
        Projection::READ_MODELS.map(|one| (one, account.id.to_string(), Kind::EventsUnreadable, 2)).into();
    assert!(newest > 2, "the hole lies between events");
    assert_eq!(places(&scene.repair().await), expected);
    scene.is_right(&bank).await;
}
