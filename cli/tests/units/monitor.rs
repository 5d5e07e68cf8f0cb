//! The monitor, which looks once a minute whether anything happens or not.

use read_models::{
    generations::LiveHistoryProjector,
    history::MemoryTransactionIndex,
    rebuild::{Models, Monitor},
};

use crate::{
    bank::Bank,
    check, check_about,
    projections::{Sent, relay},
};

/// As many as one look of the monitor is about, each on an account of its own: there is nothing dearer without a lag.
const COMMITS: usize = 200;

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 16;

#[tokio::test]
async fn a_look_of_the_monitor_uses_what_is_said() {
    let (bank, sent) = (Bank::open("monitor").await, Box::leak(Box::<Sent>::default()));
    let (projector, relay) = (bank.projector(), relay(&bank, sent));
    for number in 0..COMMITS {
        let opened = bank.opens(number).await;
        projector.project(vec![opened.clone()], &[]).await.unwrap();
        relay.relay(vec![opened], &[]).await.unwrap();
    }
    let index = MemoryTransactionIndex::default();
    let history =
        LiveHistoryProjector { index: index.clone(), parking: bank.parking(), catalog: bank.control() };
    for message in sent.take() {
        history.project(&[message.as_str()]).await.unwrap();
    }
    let models = Models::new(bank.store(), bank.summary(), index, bank.parking());
    let monitor = Monitor {
        store: bank.store(),
        journal: bank.journal(),
        table: bank.control(),
        models,
        parking: bank.parking(),
    };
    bank.tables.meter.take();
    let states = monitor.states().await.unwrap();
    assert!(states.iter().all(|(_, state)| state.is_ok()), "{states:?}");
    let used = bank.tables.meter.take();
    assert!(used.put.is_empty(), "a look changes nothing");
    check("monitor.look_read_units", used.read_units);
    // One after the other, but for the rows.
    let requests = usize::try_from(used.requests).unwrap();
    check_about("monitor.look_trips", requests - COMMITS + COMMITS.div_ceil(ROWS_AT_ONCE));
}
