//! What an operator does after records or messages were lost: reconciles, and hands on what only then was journaled.

use std::{convert::Infallible, sync::Arc};

use application::{
    Commit,
    journal::{Outbox, Position, Sequencer},
};
use futures::executor::block_on;
use read_models::{
    reconcile::{Mode, Reconcile, Scope},
    redrive::Redrive,
};
use testing::TestEnvironment;

use crate::{bank::Bank, network::ready, queue::Queue, run::ReadSide};

/// Later than anything that is still under way by itself.
const LATER_SECONDS: i64 = 2 * 24 * 3_600;

/// What went wrong, if anything did.
pub(crate) fn reconcile(bank: &Bank, side: &ReadSide) -> Option<String> {
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
    let reconcile = Reconcile::new(redrive, environment, Mode::Repair);
    let reconciled = ready(reconcile.run(&Scope::default(), |_| {})).err();
    let handed_on = block_on(sequencer.hand_on(&Direct(side.queue.clone()), &[])).err();
    // The history has them already.
    side.queue.purge();
    let failure = reconciled.map(|error| format!("{error:?}"));
    failure.or(handed_on.map(|error| format!("{error:?}")))
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
