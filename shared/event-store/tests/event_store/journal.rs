//! What the journal costs, counted by the table itself.

use application::{
    Commit,
    journal::{Journaled, Outbox, Sequencer, hand_on},
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

    async fn send(&self, _: &Journaled) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// One commit of each of so many accounts, with ids as long as in production.
fn commits(accounts: u64, version: u64) -> Vec<Commit> {
    let account = |number: u64| stream(&format!("019ab1c2-d3e4-7f56-8a9b-{number:012}"));
    (0..accounts).map(|number| commit(&account(number), version, "somebody")).collect()
}

#[tokio::test]
async fn relaying_a_batch_takes_five_requests_at_first_and_three_when_all_is_known() {
    for accounts in [1, 99] {
        let journal = table::journal(&format!("cost-{accounts}")).await;
        let store = MemoryEventStore::default();
        let sequencer = Sequencer::new(store.clone(), journal.clone(), TestEnvironment::default());
        for version in 1..=3 {
            let before = journal.capacity().read();
            let blocks = sequencer.journal(commits(accounts, version)).await.unwrap().blocks;
            assert_eq!(hand_on(&store, &journal, &Nowhere, &blocks).await.unwrap(), 1);
            let cost: Capacity = journal.capacity().read().since(before);
            // The transaction, where it was handed on to, and where it is now; at first also its end and its streams.
            let requests = if version == 1 { 5 } else { 3 };
            assert_eq!(cost.requests, requests, "{cost:?}");
            assert!(cost.read_units <= if version == 1 { 50.5 } else { 1.0 }, "{cost:?}");
        }
    }
}
