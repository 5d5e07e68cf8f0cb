//! One batch of the stream: its commits get their positions, and are handed on. It is done as a whole or comes again as
//! a whole, which does no harm; a stream that cannot go on is parked, and holds up nobody else.

use application::{
    Commit, StreamId,
    journal::{HandOnError, Outbox, SequenceError, Sequencer, Stuck, hand_on},
    ports::{Environment, EventStore, Journal, Projection},
};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use read_models::{
    TableError, Unreadable, chain,
    parking::{Parked, Parking},
    sort_out,
};

use crate::queues::QueueError;

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

/// Why a batch has to come again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the commits were not journaled")]
    Sequence(#[from] SequenceError),
    #[error("the commits were not handed on")]
    HandOn(#[from] HandOnError<QueueError>),
    #[error("an account could not be parked")]
    NotParked(#[from] TableError),
}

/// The relay over its stores.
pub(crate) struct Relay<S, J, E, O, P> {
    store: S,
    journal: J,
    sequencer: Sequencer<S, J, E>,
    outbox: O,
    parking: P,
}

impl<S, J, E, O, P> Relay<S, J, E, O, P>
where
    S: EventStore + Clone,
    J: Journal + Clone,
    E: Environment,
    O: Outbox<Error = QueueError>,
    P: Parking,
{
    pub(crate) fn new(store: S, journal: J, environment: E, outbox: O, parking: P) -> Self {
        let sequencer = Sequencer::new(store.clone(), journal.clone(), environment);
        Self { store, journal, sequencer, outbox, parking }
    }

    pub(crate) async fn handle(&self, event: Event) -> Result<(), RelayError> {
        let records = event.records.len();
        let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
        let read =
            inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
        let (commits, unreadable) = sort_out(read);
        let relayed = self.relay(commits, unreadable).await;
        let (journaled, blocks) = relayed.inspect_err(|error| {
            tracing::error!(error = chain(error), "the batch will come again");
        })?;
        tracing::info!(records, journaled, blocks, "relayed");
        Ok(())
    }

    async fn relay(
        &self,
        commits: Vec<Commit>,
        unreadable: Vec<Unreadable>,
    ) -> Result<(usize, usize), RelayError> {
        for Unreadable { stream, version, reason } in unreadable {
            self.park(&StreamId::stored(stream), version, &reason).await?;
        }
        let sequenced = self.sequencer.journal(commits).await?;
        for Stuck { stream, version, reason } in &sequenced.stuck {
            self.park(stream, *version, &chain(reason)).await?;
        }
        let journaled = sequenced.blocks.iter().map(|journaled| journaled.commits.len()).sum();
        let blocks = hand_on(&self.store, &self.journal, &self.outbox, &sequenced.blocks).await?;
        Ok((journaled, blocks))
    }

    async fn park(&self, stream: &StreamId, version: u64, reason: &str) -> Result<(), TableError> {
        tracing::error!(%stream, version, reason, "a stream stops before the journal");
        match stream.account_id() {
            Some(account_id) => {
                self.parking.park(&Parked::new(Projection::Journal, account_id, version, reason)).await
            }
            None => Ok(()),
        }
    }
}
