//! What an operator does after records or messages were lost: reconciles, and hands on what only then was journaled.

use std::{convert::Infallible, sync::Arc};

use application::{
    Commit,
    journal::{Outbox, Position, Sequencer},
};
use read_models::{
    reconcile::{Mode, Reconcile, Scope},
    redrive::Redrive,
};
use testing::TestEnvironment;

use crate::{bank::Bank, network::ready, queue::Queue, run::ReadSide};

/// Later than anything that is still under way by itself.
const LATER_SECONDS: i64 = 2 * 24 * 3_600;

pub(crate) fn reconcile(bank: &Bank, side: &ReadSide) {
    let sequencer =
        Arc::new(Sequencer::new(bank.store.clone(), side.journal.clone(), TestEnvironment::default()));
    let redrive = Redrive::new(
        bank.store.clone(),
        side.rows.table.clone(),
        side.index.clone(),
        side.parking.clone(),
        sequencer.clone(),
    );
    let environment = TestEnvironment::default();
    environment.advance(LATER_SECONDS);
    ready(Reconcile::new(redrive, environment, Mode::Repair).run(&Scope::default(), |_| {})).unwrap();
    ready(sequencer.hand_on_left(&Direct(side.queue.clone()))).unwrap();
    // The history has them already.
    side.queue.purge();
}

/// Into the queue, with no network between.
struct Direct(Queue);

impl Outbox for Direct {
    type Error = Infallible;

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), Infallible> {
        self.0.take(first, commits);
        Ok(())
    }
}
