//! What the journal costs, counted by the table itself.

use application::{
    Commit,
    journal::{Outbox, Position, Sequencer},
};
use event_store::Capacity;
use testing::{
    MemoryEventStore, TestEnvironment,
    commits::{commit, stream},
};

use crate::table;

struct Nowhere;

impl Outbox for Nowhere {
    type Error = std::convert::Infallible;

    async fn send(&self, _: Position, _: &[Commit]) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// One commit of each of so many accounts, with ids as long as in production.
fn commits(accounts: u64, version: u64) -> Vec<Commit> {
    let account = |number: u64| stream(&format!("019ab1c2-d3e4-7f56-8a9b-{number:012}"));
    (0..accounts).map(|number| commit(&account(number), version, "somebody")).collect()
}

#[tokio::test]
async fn relaying_a_batch_takes_four_requests_and_one_for_each_25_streams_and_more_only_if_they_are_unknown()
{
    for accounts in [1, 99] {
        let journal = table::journal(&format!("cost-{accounts}")).await;
        let store = MemoryEventStore::default();
        let sequencer = Sequencer::new(store, journal.clone(), TestEnvironment::default());
        for version in 1..=3 {
            let before = journal.capacity().read();
            let blocks = sequencer.journal(commits(accounts, version)).await.unwrap().blocks;
            assert_eq!(sequencer.hand_on(&Nowhere, &blocks).await.unwrap(), 1);
            let cost: Capacity = journal.capacity().read().since(before);
            // The block before and what was added, the block, where it was handed on to, and where it is now; at first
            // also how far that was, what was added since then, and each stream's end.
            let unknown = if version == 1 { 2 + accounts } else { 0 };
            assert_eq!(cost.requests, 4 + accounts.div_ceil(25) + unknown, "{cost:?}");
            let block_kb = (0.1 + 0.056 * accounts as f64).ceil();
            // The mark, and the block before.
            assert!(cost.read_units <= 1.0 + (block_kb / 4.0).ceil() + unknown as f64, "{cost:?}");
            assert_eq!(cost.write_units, block_kb + accounts as f64 + 1.0, "{cost:?}");
        }
    }
}
