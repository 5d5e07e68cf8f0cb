//! A bank in memory whose read models and journal are right, until somebody plants a difference.

use std::collections::BTreeMap;

use application::{
    StreamId,
    journal::{FIRST_POSITION, Sequencer},
};
use read_models::{
    history::MemoryTransactionIndex,
    parking::MemoryParking,
    reconcile::{Difference, Kind, Mode, Progress, Reconcile, Scope, Summary},
    redrive::Redrive,
    summary::{Consistency, MemorySummaryTable, SummaryCatalog as _, SummaryTable as _},
};
use testing::{MemoryEventStore, MemoryJournal, TestEnvironment};

use crate::{
    account::Account,
    planted::{Bank, Plan, ROW_KINDS, transactions_of},
};

type MemorySequencer = Sequencer<MemoryEventStore, MemoryJournal, TestEnvironment>;
type MemoryRedrive =
    Redrive<MemoryEventStore, MemorySummaryTable, MemoryTransactionIndex, MemoryParking, MemorySequencer>;

/// Read models in memory beside the events that they are made from.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) store: MemoryEventStore,
    pub(crate) table: MemorySummaryTable,
    pub(crate) index: MemoryTransactionIndex,
    pub(crate) journal: MemoryJournal,
    pub(crate) parking: MemoryParking,
    pub(crate) environment: TestEnvironment,
}

impl Scene {
    /// Everything is projected and journaled, and an hour old.
    pub(crate) async fn of(bank: &Bank) -> Self {
        let (table, index) = (MemorySummaryTable::default(), MemoryTransactionIndex::default());
        bank.project(&table, &index).await;
        let (parking, environment) = (MemoryParking::default(), TestEnvironment::default());
        environment.advance(3_600);
        let journal = MemoryJournal::default();
        let mut scene = Self { store: bank.store.clone(), table, index, journal, parking, environment };
        scene.journal_lacks(bank, &[]).await;
        scene
    }

    /// A journal that never heard of what these plans say, and of nothing else.
    pub(crate) async fn journal_lacks(&mut self, bank: &Bank, plans: &[Plan<'_>]) {
        let lacking = plans.iter().filter(|plan| plan.kind == Kind::JournalBehind);
        let lacking: BTreeMap<_, _> = lacking.map(|plan| (&plan.account.id, plan.version)).collect();
        self.journal = MemoryJournal::default();
        for account in &bank.accounts {
            let end = lacking.get(&account.id).copied().unwrap_or(u64::MAX);
            let commits = account.commits.iter().filter(|commit| commit.version < end);
            self.sequencer().journal(commits.cloned().collect()).await.unwrap();
        }
    }

    fn sequencer(&self) -> MemorySequencer {
        Sequencer::new(self.store.clone(), self.journal.clone(), self.environment.clone())
    }

    pub(crate) fn redrive(&self) -> MemoryRedrive {
        let Self { store, table, index, parking, .. } = self.clone();
        Redrive::new(store, table, index, parking, self.sequencer())
    }

    pub(crate) async fn run(&self, mode: Mode, scope: &Scope) -> (Vec<Difference>, Summary) {
        let reconcile = Reconcile::new(self.redrive(), self.environment.clone(), mode);
        let mut differences = Vec::new();
        let on = |progress: Progress<'_>| {
            if let Progress::Compared(found) = progress {
                differences.extend_from_slice(found);
            }
        };
        let summary = reconcile.run(scope, on).await.unwrap();
        (differences, summary)
    }

    pub(crate) async fn check(&self) -> Vec<Difference> {
        self.run(Mode::Check, &Scope::default()).await.0
    }

    pub(crate) async fn repair(&self) -> Vec<Difference> {
        self.run(Mode::Repair, &Scope::default()).await.0
    }

    /// Makes a row or a document wrong.
    pub(crate) async fn plant(&self, rng: &mut fastrand::Rng, plan: &Plan<'_>) {
        if ROW_KINDS.contains(&plan.kind) {
            self.table.remove(plan.account.id.as_str(), None).await.unwrap();
            if let Some(row) = plan.row(rng) {
                self.table.write(&row, None).await.unwrap();
            }
            return;
        }
        let document = plan.document(rng);
        self.index.tamper(|all| {
            all.remove(&plan.document_id());
            all.extend(document.map(|document| (plan.document_id(), document)));
        });
    }

    /// Asserts that all the bank's read models, and nothing else, are there, and each commit once in the journal.
    pub(crate) async fn is_right(&self, bank: &Bank) {
        for account in &bank.accounts {
            let row = self.table.read(&account.id, Consistency::Strong).await.unwrap();
            assert_eq!(row, Some(account.summary()));
        }
        assert_eq!(self.table.keys(None, usize::MAX).await.unwrap().0.len(), bank.accounts.len());
        let documents = bank.accounts.iter().flat_map(transactions_of);
        let documents = documents.map(|one| (format!("{}:{}", one.account_id, one.version), one));
        assert_eq!(self.index.all(), documents.collect());
        let (mut next, mut journaled) = (FIRST_POSITION, BTreeMap::<StreamId, Vec<u64>>::new());
        for block in self.journal.all() {
            assert_eq!(block.first, next, "a position is missing");
            next = block.end();
            for entry in block.entries {
                journaled.entry(entry.stream).or_default().push(entry.version);
            }
        }
        let versions = |account: &Account| account.commits.iter().map(|commit| commit.version).collect();
        let committed =
            bank.accounts.iter().map(|account| (StreamId::account(&account.id), versions(account)));
        assert_eq!(journaled, committed.collect());
    }
}
