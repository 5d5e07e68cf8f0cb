//! The relay: the commits of one batch of the stream get their positions in the journal, and are handed on.
//!
//! A batch is done as a whole or comes again as a whole, which does no harm; a stream that cannot go on is parked, and
//! holds up nobody else.

use application::{
    Commit, StreamId, chain,
    journal::{HandOnError, Outbox, SequenceError, Sequencer, Stuck},
    ports::{Environment, EventStore, Journal, Projection},
};

use crate::{
    TableError, Unreadable,
    parking::{Parked, Parking},
};

/// Why a batch has to come again.
#[derive(Debug, thiserror::Error)]
pub enum RelayError<E: std::error::Error + 'static> {
    /// The commits have not all got positions.
    #[error("the commits were not journaled")]
    Sequence(#[from] SequenceError),
    /// The queues have not all got them.
    #[error("the commits were not handed on")]
    HandOn(#[from] HandOnError<E>),
    /// What cannot be journaled could not be parked either.
    #[error("an account could not be parked")]
    NotParked(#[from] TableError),
}

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relayed {
    /// Commits that were given positions.
    pub journaled: usize,
    /// Blocks that were handed on, those that others had left included.
    pub blocks: usize,
    /// Streams that stop before the journal.
    pub parked: usize,
}

/// The relay over its stores.
#[derive(Debug)]
pub struct Relay<S, J, E, O, P> {
    sequencer: Sequencer<S, J, E>,
    outbox: O,
    parking: P,
}

impl<S, J, E, O, P> Relay<S, J, E, O, P>
where
    S: EventStore,
    J: Journal,
    E: Environment,
    O: Outbox,
    P: Parking,
{
    /// From this store through this journal into this outbox.
    pub fn new(store: S, journal: J, environment: E, outbox: O, parking: P) -> Self {
        Self { sequencer: Sequencer::new(store, journal, environment), outbox, parking }
    }

    /// Journals these commits and hands them on, with all that others have left.
    ///
    /// # Errors
    /// [`RelayError`] if the batch has to come again.
    pub async fn relay(
        &self,
        commits: Vec<Commit>,
        unreadable: &[Unreadable],
    ) -> Result<Relayed, RelayError<O::Error>> {
        for Unreadable { stream, version, reason } in unreadable {
            self.park(&StreamId::stored(stream.clone()), *version, reason).await?;
        }
        let sequenced = self.sequencer.journal(commits).await?;
        for Stuck { stream, version, reason } in &sequenced.stuck {
            self.park(stream, *version, &chain(reason)).await?;
        }
        Ok(Relayed {
            journaled: sequenced.blocks.iter().map(|journaled| journaled.commits.len()).sum(),
            blocks: self.sequencer.hand_on(&self.outbox, &sequenced.blocks).await?,
            parked: sequenced.stuck.len() + unreadable.len(),
        })
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
