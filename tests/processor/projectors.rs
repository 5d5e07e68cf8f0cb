//! Batches of the stream, and messages of a queue, to the projectors: a hundred commits at a time, each of another
//! account, as they come at a high rate.

use std::hint::black_box;

use application::{
    Commit,
    journal::{FIRST_POSITION, Outbox, PART_COMMITS_MAX, Position},
    ports::{EventStore as _, Transaction},
};
use futures::FutureExt as _;
use read_models::{
    MessageError,
    history::{
        HistoryProjector, IndexError, MemoryTransactionIndex, Put, TransactionCatalog as _, TransactionIndex,
    },
    message,
    parking::MemoryParking,
    relay::Relay,
    summary::{MemorySummaryTable, SummaryProjector},
};
use testing::MemoryJournal;

use crate::{
    Work,
    api::{ACCOUNTS, Bank},
};

/// A bank, and so many commits of it in batches, each account's in order. Rows and streams' ends begin before them.
async fn batches(count: usize) -> (Bank, Vec<Commit>, Vec<Vec<Commit>>) {
    let bank = Bank::open().await;
    let opened = accounts(bank.store.all());
    for number in 0..count.next_multiple_of(ACCOUNTS) {
        bank.send(bank.deposit(number)).await;
    }
    let per_account = count.div_ceil(ACCOUNTS);
    let mut streams = Vec::new();
    for first in &opened {
        streams.push(bank.store.read(&first.stream, first.version + 1, per_account).await.unwrap());
    }
    let streams = &streams;
    let in_order = (0..per_account).flat_map(|place| streams.iter().map(move |stream| stream[place].clone()));
    let all: Vec<Commit> = in_order.take(count).collect();
    (bank, opened, all.chunks(PART_COMMITS_MAX).map(<[Commit]>::to_vec).collect())
}

fn accounts(commits: Vec<Commit>) -> Vec<Commit> {
    commits.into_iter().filter(|commit| commit.stream.account_id().is_some()).collect()
}

pub(crate) async fn summaries(count: usize) -> Work<'static> {
    let (bank, opened, batches) = batches(count).await;
    let (table, parking) = (MemorySummaryTable::default(), MemoryParking::default());
    let projector = SummaryProjector::new(bank.store, table, parking);
    projector.project(opened).await.unwrap();
    async move {
        for batch in batches {
            let size = batch.len();
            assert_eq!(projector.project(batch).await.unwrap().written, size);
        }
    }
    .boxed_local()
}

/// Queues that write commits as the message that they are, and drop it.
struct Messages;

impl Outbox for Messages {
    type Error = MessageError;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), MessageError> {
        black_box(message(first, commits)?);
        Ok(())
    }
}

pub(crate) async fn relays(count: usize) -> Work<'static> {
    let (bank, opened, batches) = batches(count).await;
    let (journal, parking) = (MemoryJournal::default(), MemoryParking::default());
    let relay = Relay::new(bank.store, journal, bank.environment, Messages, parking);
    relay.relay(opened, &[]).await.unwrap();
    async move {
        for batch in batches {
            let size = batch.len();
            assert_eq!(relay.relay(batch, &[]).await.unwrap().journaled, size);
        }
    }
    .boxed_local()
}

/// An index in memory, to which each document is written as JSON has it.
#[derive(Default)]
struct Documents(MemoryTransactionIndex);

impl TransactionIndex for Documents {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let put = self.0.put(transactions).await?;
        let ids: Vec<String> =
            transactions.iter().map(|one| format!("{}:{}", one.account_id, one.version)).collect();
        black_box(self.0.get(&ids).await?);
        Ok(put)
    }
}

pub(crate) async fn histories(count: usize) -> Work<'static> {
    let (_, _, batches) = batches(count).await;
    let mut position = FIRST_POSITION;
    let mut bodies = Vec::new();
    for batch in &batches {
        bodies.push(message(position, batch).unwrap());
        position += u64::try_from(batch.len()).unwrap();
    }
    let projector = HistoryProjector::new(Documents::default(), MemoryParking::default());
    async move {
        for body in &bodies {
            for result in projector.project(&[body]).await.unwrap() {
                result.unwrap();
            }
        }
    }
    .boxed_local()
}
