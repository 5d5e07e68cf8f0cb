//! Hands journaled commits on to the queues of the projections, each at least once, and writes down where their streams
//! end in the journal.
//!
//! The journal remembers how far that is. Whoever died between adding a block and handing it on has left it to the
//! next, which begins where the journal says and not where its own batch does.

use std::collections::BTreeMap;

use futures::future::try_join;

use super::{Block, Journaled, Position};
use crate::{
    Commit, StreamId,
    ports::{EventStore, Journal, StoreError},
};

/// How many blocks are read at a time that somebody else has left.
const BLOCKS: usize = 5;

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

/// Hands on all that is not handed on yet, up to the last of the blocks `at_hand`, whose commits need not be read; if
/// there are none, all that the journal has. Says how many blocks that was.
///
/// # Errors
/// [`HandOnError`]: what is left is handed on the next time.
pub async fn hand_on<S: EventStore, J: Journal, O: Outbox>(
    store: &S,
    journal: &J,
    outbox: &O,
    at_hand: &[Journaled],
) -> Result<usize, HandOnError<O::Error>> {
    let begin = journal.handed_on().await?;
    let (mut next, mut count) = (begin, 0);
    // What others have added after that is theirs to hand on.
    let enough = at_hand.last().map_or(Position::MAX, |journaled| journaled.block.end());
    while next < enough {
        let left = match at_hand.iter().find(|journaled| journaled.block.first == next) {
            Some(journaled) => vec![journaled.clone()],
            None => left(store, journal, next).await?,
        };
        let Some(last) = left.last() else { break };
        next = last.block.end();
        for journaled in &left {
            try_join(send(outbox, journaled), write_ends(journal, journaled)).await?;
            count += 1;
        }
    }
    if next > begin {
        journal.set_handed_on(next).await?;
    }
    Ok(count)
}

async fn send<O: Outbox>(outbox: &O, journaled: &Journaled) -> Result<(), HandOnError<O::Error>> {
    for (first, commits) in journaled.parts() {
        outbox.send(first, commits).await.map_err(HandOnError::Outbox)?;
    }
    Ok(())
}

async fn write_ends<J: Journal, E: std::error::Error + 'static>(
    journal: &J,
    journaled: &Journaled,
) -> Result<(), HandOnError<E>> {
    Ok(journal.write_ends(&journaled.block).await?)
}

/// Blocks from this position on, with their commits read anew.
async fn left<S: EventStore, J: Journal>(
    store: &S,
    journal: &J,
    from: Position,
) -> Result<Vec<Journaled>, StoreError> {
    let mut left = Vec::new();
    for block in journal.blocks(from, BLOCKS).await? {
        let commits = commits(store, &block).await?;
        left.push(Journaled { block, commits });
    }
    Ok(left)
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
