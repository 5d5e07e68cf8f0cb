//! Hands journaled commits on to the queues of the projections, each at least once, and writes down where their streams
//! end in the journal.
//!
//! The journal remembers how far that is: a mark. Relays hand on their own blocks at once, and move the mark in turn. Whoever
//! has died between adding a block and handing it on has left it to the next, which waits for a while and then does it.

use std::{collections::BTreeMap, time::Duration};

use futures::future::{try_join, try_join_all};

use super::{Block, Journaled, Position, Sequencer, follows};
use crate::{
    Commit, StreamId,
    ports::{Environment, EventStore, Journal, StoreError},
};

/// How many blocks are handed on at a time that somebody else has left.
const BLOCKS: usize = 5;

/// How often a relay looks whether it is its turn, and the longest wait before each look but the first: two seconds in
/// all, as chance has it. Whoever lives has mostly handed on by then, and if not, it is done twice.
const LOOKS: u32 = 40;
const PAUSE_MAX: Duration = Duration::from_millis(100);

/// Where journaled commits go.
pub trait Outbox: Send + Sync {
    /// Why they did not.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Hands commits on to every queue, of which the first is at this position and the others follow: as many as fit into
    /// a message. Again does no harm.
    fn send(
        &self,
        first: Position,
        commits: &[Commit],
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Why commits were not handed on; some may have been.
#[derive(Debug, thiserror::Error)]
pub enum HandOnError<E: std::error::Error + 'static> {
    /// The journal, or a commit that is in it, could not be read, or the ends of streams not be written.
    #[error("the journal could not be read or written")]
    Journal(#[from] StoreError),
    /// A queue did not take them.
    #[error("a queue did not take the commits")]
    Outbox(#[source] E),
}

impl<S: EventStore, J: Journal, E: Environment> Sequencer<S, J, E> {
    /// Hands on the blocks `at_hand`, and sees to it that everything before them is handed on; if there are none, since
    /// somebody else has added what the batch has, everything that the journal has. Says how many blocks it handed on.
    ///
    /// # Errors
    /// [`HandOnError`]: what is left is handed on the next time.
    pub async fn hand_on<O: Outbox>(
        &self,
        outbox: &O,
        at_hand: &[Journaled],
    ) -> Result<usize, HandOnError<O::Error>> {
        for journaled in at_hand {
            self.deliver(outbox, journaled).await?;
        }
        let enough = match at_hand.last() {
            Some(last) => last.block.end(),
            None => self.journal.next_position().await?,
        };
        for look in 0..LOOKS {
            if look > 0 {
                self.environment.pause(PAUSE_MAX).await;
            }
            let begin = self.journal.handed_on().await?;
            let mut mark = begin;
            while let Some(own) = own(at_hand, mark) {
                mark = own.block.end();
            }
            if mark > begin {
                self.journal.set_handed_on(mark).await?;
            }
            if mark >= enough {
                return Ok(at_hand.len());
            }
        }
        Ok(at_hand.len().saturating_add(self.take_over(outbox, at_hand, enough).await?))
    }

    /// Hands on the blocks of others that are not, up to this position, and moves the mark behind them, page by page: who
    /// has to end before all is done has done a part.
    async fn take_over<O: Outbox>(
        &self,
        outbox: &O,
        at_hand: &[Journaled],
        enough: Position,
    ) -> Result<usize, HandOnError<O::Error>> {
        let (mut mark, mut count) = (self.journal.handed_on().await?, 0_usize);
        while mark < enough {
            let mut blocks = self.journal.following(mark, BLOCKS).await?;
            blocks.retain(|block| block.first < enough);
            let end = blocks.iter().try_fold(mark, |end, block| follows(block, end))?;
            if end == mark {
                break;
            }
            blocks.retain(|block| own(at_hand, block.first).is_none());
            count = count.saturating_add(blocks.len());
            try_join_all(blocks.into_iter().map(async |block| {
                let commits = commits(&self.store, &block).await?;
                self.deliver(outbox, &Journaled { block, commits }).await
            }))
            .await?;
            self.journal.set_handed_on(end).await?;
            // Others who wait may be at the same.
            mark = self.journal.handed_on().await?.max(end);
        }
        Ok(count)
    }

    async fn deliver<O: Outbox>(
        &self,
        outbox: &O,
        journaled: &Journaled,
    ) -> Result<(), HandOnError<O::Error>> {
        let written = async { Ok(self.journal.write_ends(&journaled.block).await?) };
        try_join(send(outbox, journaled), written).await.map(drop)
    }
}

/// The block that begins here, if it is at hand.
fn own(at_hand: &[Journaled], first: Position) -> Option<&Journaled> {
    at_hand.iter().find(|journaled| journaled.block.first == first)
}

async fn send<O: Outbox>(outbox: &O, journaled: &Journaled) -> Result<(), HandOnError<O::Error>> {
    for (first, commits) in journaled.parts() {
        outbox.send(first, commits).await.map_err(HandOnError::Outbox)?;
    }
    Ok(())
}

/// The commits that a block is about, in its order.
///
/// # Errors
/// [`StoreError::Gap`] if one of them is gone, which nobody has the right to do.
pub async fn commits<S: EventStore>(store: &S, block: &Block) -> Result<Vec<Commit>, StoreError> {
    let places: Vec<_> = block.entries.iter().map(|entry| (&entry.stream, entry.version)).collect();
    let found = store.commits_at(&places).await?.into_iter();
    let mut found: BTreeMap<(StreamId, u64), Commit> =
        found.map(|commit| ((commit.stream.clone(), commit.version), commit)).collect();
    let in_order = block.entries.iter().map(|entry| {
        let place = (entry.stream.clone(), entry.version);
        found.remove(&place).ok_or(StoreError::Gap { stream: place.0, version: place.1 })
    });
    in_order.collect()
}
