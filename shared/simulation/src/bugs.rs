//! Stores and consumers that are wrong in one way each. A checker that does not see what they do would be worth nothing.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use application::{
    Commit,
    journal::{Block, Position},
    ports::{AccountSummary, Journal as _, JournalError, StoreError, Transaction},
};
use read_models::{
    history::{IndexError, MemoryTransactionIndex, Put, TransactionIndex as _},
    summary::Written,
};
use testing::MemoryJournal;

use crate::{queue::Queue, rows::Rows};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A row takes the place of any other, whatever its version.
    NoVersionGuard,
    /// Now and then a row is confirmed and not stored.
    RowLost,
    /// Now and then a row is stored with another total.
    RowWrong,
    /// A row says that it is one version newer than it is.
    RowBoasts,
    /// What is missing between two commits is taken for nothing.
    GapDropped,
    /// An events table that does not answer is taken for one that cannot be read.
    OutageParked,
    /// Now and then a document is confirmed before it is written, and then is not.
    DocumentAcknowledgedEarly,
    /// Documents are named by their accounts alone.
    DocumentNamedByAccount,
    /// A block takes the place of one that is there.
    JournalWithoutCondition,
    /// Where streams end is confirmed and not written down.
    EndsLost,
    /// A block leaves out a position.
    JournalWithGap,
    /// What is handed on is noted before it is.
    HandedOnEarly,
    /// Now and then the queue confirms a block and does not keep it.
    BlockLost,
    /// A batch of the stream is done with, whatever came of it.
    BatchAcknowledgedEarly,
    /// A message is deleted when it is received.
    MessageDeletedEarly,
    /// When a shard splits, what is left of it is not read.
    SplitShardDropped,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::NoVersionGuard,
        Self::RowLost,
        Self::RowWrong,
        Self::RowBoasts,
        Self::GapDropped,
        Self::OutageParked,
        Self::DocumentAcknowledgedEarly,
        Self::DocumentNamedByAccount,
        Self::JournalWithoutCondition,
        Self::EndsLost,
        Self::JournalWithGap,
        Self::HandedOnEarly,
        Self::BlockLost,
        Self::BatchAcknowledgedEarly,
        Self::MessageDeletedEarly,
        Self::SplitShardDropped,
    ];
}

/// A store, perhaps with a bug. Clones share the store.
#[derive(Clone)]
pub(crate) struct Planted<X> {
    pub(crate) store: X,
    bug: Option<Bug>,
    calls: Arc<AtomicU64>,
}

impl<X> Planted<X> {
    pub(crate) fn new(store: X, bug: Option<Bug>) -> Self {
        Self { store, bug, calls: Arc::default() }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Whether it is time for what happens now and then.
    fn is_time(&self, bug: Bug) -> bool {
        self.has(bug) && self.calls.fetch_add(1, Ordering::Relaxed) % 5 == 3
    }

    pub(crate) fn read(&self, answer: Result<Vec<Commit>, StoreError>) -> Result<Vec<Commit>, StoreError> {
        match answer {
            Ok(_) if self.has(Bug::GapDropped) => Ok(Vec::new()),
            Err(StoreError::Unavailable(source)) if self.has(Bug::OutageParked) => {
                Err(StoreError::Unreadable(source))
            }
            answer => answer,
        }
    }
}

impl Planted<Rows> {
    pub(crate) fn row(&self, mut row: Option<AccountSummary>) -> Option<AccountSummary> {
        if let Some(row) = row.as_mut().filter(|_| self.is_time(Bug::RowBoasts)) {
            row.version += 1;
        }
        row
    }

    pub(crate) fn write(&self, mut summary: AccountSummary, expected: Option<u64>) -> Written {
        if self.is_time(Bug::RowLost) {
            return Written::Done;
        }
        if self.is_time(Bug::RowWrong) {
            summary.total_deposits = summary.balance;
        }
        let expected = match self.has(Bug::NoVersionGuard) {
            true => self.store.read(&summary.account_id).map(|row| row.version),
            false => expected,
        };
        self.store.write(&summary, expected)
    }
}

impl Planted<MemoryTransactionIndex> {
    pub(crate) async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        if self.is_time(Bug::DocumentAcknowledgedEarly) {
            return Ok(vec![Put::Done; transactions.len()]);
        }
        if self.has(Bug::DocumentNamedByAccount) {
            for transaction in transactions {
                let same = transaction.account_id.clone();
                self.store.tamper(|documents| documents.retain(|_, other| other.account_id != same));
                self.store.put(std::slice::from_ref(transaction)).await?;
            }
            return Ok(vec![Put::Done; transactions.len()]);
        }
        self.store.put(transactions).await
    }
}

impl Planted<MemoryJournal> {
    pub(crate) async fn append(&self, block: &Block) -> Result<(), JournalError> {
        let mut block = block.clone();
        if self.has(Bug::JournalWithoutCondition) {
            self.store.overwrite(&block);
            return Ok(());
        }
        if self.is_time(Bug::JournalWithGap) {
            block.first += 1;
        }
        self.store.append(&block).await
    }

    pub(crate) async fn write_ends(&self, block: &Block) -> Result<(), StoreError> {
        if self.has(Bug::EndsLost) {
            return Ok(());
        }
        self.store.write_ends(block).await
    }

    pub(crate) async fn set_handed_on(&self, until: Position) -> Result<(), StoreError> {
        let early = if self.has(Bug::HandedOnEarly) { 3 } else { 0 };
        self.store.set_handed_on(until + early).await
    }
}

impl Planted<Queue> {
    pub(crate) fn take(&self, first: Position, commits: &[Commit]) {
        if !self.is_time(Bug::BlockLost) {
            self.store.take(first, commits);
        }
    }
}
