//! The relay and what comes after it.

use std::{convert::Infallible, sync::Mutex};

use application::{
    Commit,
    journal::{Outbox, Position},
    ports::Environment as _,
};
use event_store::{DynamoDbEventStore, DynamoDbJournal};
use read_models::{
    analytics::{AnalyticsProjector, Compactor, Layout, Limits, MemoryObjects},
    generations::LiveHistoryProjector,
    history::MemoryTransactionIndex,
    message,
    parking::DynamoDbParking,
    relay::Relay,
};
use testing::TestEnvironment;

use crate::{bank::Bank, check, check_about};

const FEW: usize = 1;
const MANY: usize = 40;

/// Messages as the queues get them.
#[derive(Default)]
pub(crate) struct Sent(Mutex<Vec<String>>);

impl Outbox for &'static Sent {
    type Error = Infallible;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), Infallible> {
        self.0.lock().unwrap().push(message(first, commits).unwrap());
        Ok(())
    }
}

impl Sent {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

type TestRelay = Relay<
    DynamoDbEventStore,
    DynamoDbJournal,
    TestEnvironment,
    &'static Sent,
    DynamoDbParking<TestEnvironment>,
>;

pub(crate) fn relay(bank: &Bank, sent: &'static Sent) -> TestRelay {
    Relay::new(bank.store(), bank.journal(), bank.environment.clone(), sent, bank.parking())
}

/// New deposits into these accounts, which other instances of the relay have journaled up to them.
async fn deposits(bank: &Bank, accounts: std::ops::Range<usize>) -> Vec<Commit> {
    let mut commits = Vec::new();
    for number in accounts {
        bank.deposits(number).await;
        commits.push(bank.newest(number).await);
    }
    commits
}

#[tokio::test]
async fn a_batch_of_the_relay_uses_what_is_said_for_each_commit_and_each_kb_of_its_block() {
    let (bank, sent) = (Bank::open("relay").await, Box::leak(Box::<Sent>::default()));
    let mut opened = Vec::new();
    for number in 0..2 + FEW + MANY {
        opened.push(bank.opens(number).await);
    }
    relay(&bank, sent).relay(opened, &[]).await.unwrap();
    // An instance that is at work knows where the journal ends, and of most accounts nothing.
    let relay = relay(&bank, sent);
    relay.relay(deposits(&bank, 0..1).await, &[]).await.unwrap();
    let mut measured = Vec::new();
    for accounts in [1..1 + FEW, 1 + FEW..1 + FEW + MANY] {
        let commits = deposits(&bank, accounts).await;
        let count = commits.len();
        bank.tables.meter.take();
        sent.take();
        relay.relay(commits, &[]).await.unwrap();
        let (used, sent) = (bank.tables.meter.take(), sent.take());
        assert_eq!(sent.len(), 1, "one message a block");
        let mut put: Vec<usize> = used.put.values().flatten().copied().collect();
        put.sort_unstable();
        // The mark, the streams' ends, and the block.
        let (block, end) = (put[put.len() - 1], put[put.len() - 2]);
        check_about("relay.end_bytes", end);
        measured.push((count, used, block, sent[0].len()));
    }
    let [(few, used_few, block_few, message_few), (many, used_many, block_many, message_many)] =
        measured.as_slice()
    else {
        panic!("{measured:?}")
    };
    let more = many - few;
    check_about("relay.entry_bytes", (block_many - block_few) / more);
    check_about("relay.block_bytes", block_few - (block_many - block_few) / more);
    check_about("relay.message_commit_bytes", (message_many - message_few) / more);
    for (count, used, block) in [(*few, used_few, *block_few), (*many, used_many, *block_many)] {
        let kb = u32::try_from(block.div_ceil(1_024)).unwrap();
        let (count, kb) = (f64::from(u32::try_from(count).unwrap()), f64::from(kb));
        check("relay.batch_read_units", used.read_units - count);
        check("relay.commit_read_units", 1.0);
        check("relay.batch_write_units", used.write_units - count - kb);
        check("relay.commit_write_units", 1.0);
        check("relay.block_kb_write_units", 1.0);
    }
}

#[tokio::test]
async fn the_history_and_the_analytics_use_what_is_said() {
    let (bank, sent) = (Bank::open("queues").await, Box::leak(Box::<Sent>::default()));
    let relay = relay(&bank, sent);
    for number in 0..MANY {
        let opened = bank.opens(number).await;
        relay.relay(vec![opened], &[]).await.unwrap();
        relay.relay(deposits(&bank, number..number + 1).await, &[]).await.unwrap();
    }
    let (messages, objects) = (sent.take(), MemoryObjects::new(bank.environment.clone()));
    let history = LiveHistoryProjector {
        index: MemoryTransactionIndex::default(),
        parking: bank.parking(),
        catalog: bank.control(),
    };
    bank.tables.meter.take();
    let done = history.project(&[messages[0].as_str()]).await.unwrap();
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let used = bank.tables.meter.take();
    check("history.batch_read_units", used.read_units);
    assert_eq!(used.requests, 1);

    let layout = || Layout::below("v1");
    let analytics = AnalyticsProjector::new(objects.clone(), layout());
    let bodies: Vec<&str> = messages.iter().map(String::as_str).collect();
    let done = analytics.project(&bodies).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(bank.tables.meter.take().requests, 0, "the analytics asks no table");
    // Beside the list of compactions, which is written once.
    let files = objects.all().len() - 1;
    assert_eq!(files, messages.len());
    check("analytics.block_puts", 1.0);

    let (store, journal) = (bank.store(), bank.journal());
    let limits = Limits { least: 1, ..Limits::default() };
    let compactor =
        Compactor::new(store, journal, objects.clone(), bank.environment.clone(), layout(), limits);
    let compacted = compactor.run(bank.environment.now().plus_seconds(3_600)).await.unwrap();
    let (used, commits) = (bank.tables.meter.take(), u32::try_from(messages.len()).unwrap());
    assert_eq!(compacted.positions, u64::from(commits));
    // Blocks of one commit each, which are the dearest.
    check("compactor.commit_read_units", (used.read_units / f64::from(commits) * 10.0).round() / 10.0);
    let files = objects.all();
    let compacted = files.iter().filter(|(key, _)| key.contains("/compacted/"));
    let bytes: usize = compacted.map(|(_, bytes)| bytes.len()).sum();
    check_about("analytics.row_bytes", bytes / messages.len());
}
