//! The stores behind the network, each with the errors that it has.

use std::collections::BTreeMap;

use application::{
    Commit, StreamId,
    journal::{Block, Outbox, Position},
    ports::{
        AccountSummary, AppendError, EventStore, Journal, JournalError, Parked, StoreError, Transaction,
    },
};
use domain::{AccountId, UserId};
use read_models::{
    TableError,
    history::{IndexError, MemoryTransactionIndex, Put, TransactionIndex},
    parking::{MemoryParking, Parking},
    summary::{Consistency, SummaryTable, Written},
};
use testing::{MemoryEventStore, MemoryJournal};

use crate::{
    bugs::Planted,
    network::{Behind, Lost, Network, ready},
    queue::Queue,
    rows::Rows,
};

fn store_error(lost: Lost) -> StoreError {
    match lost {
        Lost::Throttled => StoreError::Throttled,
        Lost::Silence => StoreError::Unavailable("no answer".into()),
    }
}

fn table_error(lost: Lost) -> TableError {
    match lost {
        Lost::Throttled => TableError::Throttled,
        Lost::Silence => TableError::Unavailable("no answer".into()),
    }
}

impl EventStore for Behind<Planted<MemoryEventStore>> {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        let (inner, stream) = (self.inner.clone(), stream.clone());
        let answer = self.network.ask("newest of stream", move || ready(inner.store.newest(&stream))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        let (inner, stream) = (self.inner.clone(), stream.clone());
        let answer =
            self.network.ask("newest until", move || ready(inner.store.newest_until(&stream, version))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        let (inner, stream) = (self.inner.clone(), stream.clone());
        let answer =
            self.network.ask("read commits", move || ready(inner.store.read(&stream, from, limit))).await;
        self.inner.read(answer.unwrap_or_else(|lost| Err(store_error(lost))))
    }

    async fn append(&self, _: &[Commit]) -> Result<(), AppendError> {
        unreachable!("the read side appends nothing")
    }
}

impl SummaryTable for Behind<Planted<Rows>> {
    async fn read(
        &self,
        account_id: &AccountId,
        consistency: Consistency,
    ) -> Result<Option<AccountSummary>, TableError> {
        let (inner, account_id) = (self.inner.clone(), account_id.clone());
        let Network { world, .. } = &self.network;
        let is_stale = consistency == Consistency::Eventual && world.happens(self.network.faults().stale);
        if is_stale {
            world.count("stale reads");
        }
        let read = move || match is_stale {
            true => inner.store.read_stale(&account_id),
            false => inner.store.read(&account_id),
        };
        let row = self.network.ask("read row", read).await.map_err(table_error)?;
        Ok(self.inner.row(row))
    }

    async fn write(&self, summary: &AccountSummary, expected: Option<u64>) -> Result<Written, TableError> {
        let (inner, summary) = (self.inner.clone(), summary.clone());
        self.network.ask("write row", move || inner.write(summary, expected)).await.map_err(table_error)
    }

    async fn of_user(&self, user_id: &UserId) -> Result<Vec<AccountSummary>, TableError> {
        self.inner.store.table.of_user(user_id).await
    }
}

impl TransactionIndex for Behind<Planted<MemoryTransactionIndex>> {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let (inner, transactions) = (self.inner.clone(), transactions.to_vec());
        let partly = self.network.world.happens(self.network.faults().contended);
        if partly {
            self.network.world.count("bulk requests that fail half");
        }
        let answer = self.network.ask("put documents", move || {
            // Of a bulk request some documents may fail and others not.
            let failing = if partly { transactions.len().div_ceil(2) } else { 0 };
            let mut puts = ready(inner.put(&transactions[failing..]))?;
            let failed = Put::Failed { reason: "429".to_owned() };
            puts.splice(..0, std::iter::repeat_n(failed, failing));
            Ok(puts)
        });
        answer.await.unwrap_or_else(|lost| match lost {
            Lost::Throttled => Err(IndexError::Throttled),
            Lost::Silence => Err(IndexError::Unavailable("no answer".into())),
        })
    }
}

impl Parking for Behind<MemoryParking> {
    async fn park(&self, parked: &Parked) -> Result<(), TableError> {
        let (inner, parked) = (self.inner.clone(), parked.clone());
        let answer = self.network.ask("park", move || ready(inner.park(&parked))).await;
        answer.unwrap_or_else(|lost| Err(table_error(lost)))
    }
}

impl Journal for Behind<Planted<MemoryJournal>> {
    async fn next_position(&self) -> Result<Position, StoreError> {
        let inner = self.inner.clone();
        let answer = self.network.ask("next position", move || ready(inner.store.next_position())).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn append(&self, block: &Block) -> Result<(), JournalError> {
        let (inner, block) = (self.inner.clone(), block.clone());
        let answer = self.network.ask("add block", move || ready(inner.append(&block))).await;
        answer.unwrap_or_else(|lost| match lost {
            Lost::Throttled => Err(JournalError::Throttled),
            Lost::Silence => Err(JournalError::Unavailable("no answer".into())),
        })
    }

    async fn blocks(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let inner = self.inner.clone();
        let answer = self.network.ask("read blocks", move || ready(inner.store.blocks(from, limit))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn following(&self, from: Position, limit: usize) -> Result<Vec<Block>, StoreError> {
        let inner = self.inner.clone();
        let answer =
            self.network.ask("read new blocks", move || ready(inner.store.following(from, limit))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn write_ends(&self, block: &Block) -> Result<(), StoreError> {
        let (inner, block) = (self.inner.clone(), block.clone());
        let answer = self.network.ask("write ends", move || ready(inner.write_ends(&block))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn ends(&self, streams: &[StreamId]) -> Result<BTreeMap<StreamId, u64>, StoreError> {
        let (inner, streams) = (self.inner.clone(), streams.to_vec());
        let answer = self.network.ask("read ends", move || ready(inner.store.ends(&streams))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn handed_on(&self) -> Result<Position, StoreError> {
        let inner = self.inner.clone();
        let answer = self.network.ask("handed on", move || ready(inner.store.handed_on())).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }

    async fn set_handed_on(&self, until: Position) -> Result<(), StoreError> {
        let inner = self.inner.clone();
        let answer = self.network.ask("set handed on", move || ready(inner.set_handed_on(until))).await;
        answer.unwrap_or_else(|lost| Err(store_error(lost)))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer")]
pub(crate) struct QueueSilent;

impl Outbox for Behind<Planted<Queue>> {
    type Error = QueueSilent;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), QueueSilent> {
        let (inner, commits) = (self.inner.clone(), commits.to_vec());
        self.network.ask("send block", move || inner.take(first, &commits)).await.map_err(|_| QueueSilent)
    }
}
