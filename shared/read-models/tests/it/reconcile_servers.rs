//! The same over DynamoDB and OpenSearch: differences as somebody leaves them who has the table and the index.

use std::collections::BTreeSet;

use application::ports::Projection;
use opensearch::{DeleteParts, UpdateParts};
use read_models::{
    history::TransactionIndex as _,
    parking::{DynamoDbParking, ParkingLot as _},
    reconcile::{Difference, Kind, Mode, Progress, Reconcile, Scope, Summary},
    redrive::Redrive,
    summary::{Consistency, DynamoDbSummaryTable, SummaryCatalog as _, SummaryTable as _},
};
use serde_json::{Value, json};
use testing::{MemoryEventStore, TestEnvironment};

use crate::{
    planted::{Bank, Place, Plan, ROW_KINDS, places, plans, transactions_of},
    servers::{TestHistory, parked_table, put_summary_text, summary_table},
};

/// How many differences are planted at random.
const DIFFERENCES: usize = 60;

struct Scene {
    store: MemoryEventStore,
    table: DynamoDbSummaryTable,
    history: TestHistory,
    parking: DynamoDbParking<TestEnvironment>,
    environment: TestEnvironment,
}

impl Scene {
    async fn of(test: &str, bank: &Bank) -> Self {
        let (table, history) = (summary_table(test).await, TestHistory::new(test).await);
        let (parking, _, _) = parked_table(test).await;
        bank.project(&table, &history.history).await;
        history.refresh().await;
        let environment = TestEnvironment::default();
        environment.advance(3_600);
        Self { store: bank.store.clone(), table, history, parking, environment }
    }

    async fn run(&self, mode: Mode) -> (Vec<Difference>, Summary) {
        let Self { store, table, history, parking, environment } = self;
        let index = history.history.clone();
        let redrive = Redrive::new(store.clone(), table.clone(), index, parking.clone(), ());
        let mut differences = Vec::new();
        let on = |progress: Progress<'_>| {
            if let Progress::Compared(found) = progress {
                differences.extend_from_slice(found);
            }
        };
        let reconcile = Reconcile::new(redrive, environment.clone(), mode);
        let summary = reconcile.run(&Scope::default(), on).await.unwrap();
        (differences, summary)
    }

    async fn plant(&self, rng: &mut fastrand::Rng, plan: &Plan<'_>) {
        if ROW_KINDS.contains(&plan.kind) {
            self.table.remove(plan.account.id.as_str(), None).await.unwrap();
            if let Some(row) = plan.row(rng) {
                self.table.write(&row, None).await.unwrap();
            }
            return;
        }
        match plan.kind {
            Kind::DocumentMissing => {
                let parts = DeleteParts::IndexId(&self.history.alias, &plan.document_id());
                assert!(self.history.client.delete(parts).send().await.unwrap().status_code().is_success());
            }
            Kind::DocumentDifferent => self.edit(&plan.document_id(), edit(rng, plan)).await,
            _ => drop(self.history.history.put(&[plan.without_event()]).await.unwrap()),
        }
    }

    /// Changes some fields by hand, which the index counts as a version of its own.
    async fn edit(&self, id: &str, fields: Value) {
        let parts = UpdateParts::IndexId(&self.history.alias, id);
        let request = self.history.client.update(parts).body(json!({ "doc": fields }));
        assert!(request.send().await.unwrap().status_code().is_success());
    }
}

fn edit(rng: &mut fastrand::Rng, plan: &Plan<'_>) -> Value {
    match rng.u32(..6) {
        0 => json!({ "amount_minor": 7 }),
        1 => json!({ "balance_after": "0.07" }),
        2 => json!({ "description": "nothing" }),
        3 => json!({ "version": plan.version + 1 }),
        4 => json!({ "version": null }),
        _ => json!({ "account_id": "no account's id" }),
    }
}

#[tokio::test]
async fn differences_in_the_table_and_the_index_are_found_named_and_mended() {
    let mut rng = fastrand::Rng::with_seed(1);
    let bank = Bank::new(&mut rng, 24, 9).await;
    let scene = Scene::of("reconcile", &bank).await;
    assert_eq!(scene.run(Mode::Check).await.0, []);
    let plans = plans(&mut rng, &bank, DIFFERENCES);
    for plan in &plans {
        scene.plant(&mut rng, plan).await;
    }
    scene.history.refresh().await;
    let planted: BTreeSet<Place> = plans.iter().map(Plan::place).collect();
    let found = scene.run(Mode::Check).await.0;
    assert_eq!(places(&found), planted);
    assert_eq!(found.len(), planted.len(), "none twice");

    let (repaired, summary) = scene.run(Mode::Repair).await;
    assert_eq!(places(&repaired), planted);
    assert_eq!(summary.left(), 0, "{repaired:#?}");
    assert_eq!(scene.run(Mode::Check).await.0, [], "also before a search sees it");
    scene.history.refresh().await;
    assert_eq!(scene.run(Mode::Check).await.0, []);
    let alias = [scene.history.alias.as_str()];
    let count = scene.history.client.count(opensearch::CountParts::Index(&alias)).send().await.unwrap();
    let documents: usize = bank.accounts.iter().map(|account| transactions_of(account).len()).sum();
    assert_eq!(count.json::<Value>().await.unwrap()["count"], documents);
    assert_eq!(scene.parking.page(None, None, 10).await.unwrap(), []);
    scene.history.delete().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_and_a_key_that_is_none_are_mended() {
    let mut rng = fastrand::Rng::with_seed(2);
    let bank = Bank::new(&mut rng, 2, 3).await;
    let scene = Scene::of("unreadable", &bank).await;
    let account = &bank.accounts[0];
    for key in [account.id.as_str(), "no account's id", "stranger"] {
        put_summary_text("unreadable", key, "user-1", "not a row").await;
    }
    let row = |name: &str, kind, version| (Projection::AccountSummary, name.to_owned(), kind, version);
    let expected = BTreeSet::from([
        row(account.id.as_str(), Kind::RowUnreadable, account.summary().version),
        row("no account's id", Kind::RowWithoutEvents, 0),
        row("stranger", Kind::RowWithoutEvents, 0),
    ]);
    assert_eq!(places(&scene.run(Mode::Check).await.0), expected);
    let (found, summary) = scene.run(Mode::Repair).await;
    assert_eq!((places(&found), summary.left()), (expected, 0));
    assert_eq!(scene.run(Mode::Check).await.0, []);
    let row = scene.table.read(&account.id, Consistency::Strong).await.unwrap();
    assert_eq!(row, Some(account.summary()));
    scene.history.delete().await;
}
