//! Journals what a stream has, whoever has lost the records of it.

use std::sync::Arc;

use super::{SequenceError, Sequencer, Stuck};
use crate::{
    StreamId,
    ports::{Environment, EventStore, Journal, StoreError},
};

/// How many blocks are read at a time.
const BLOCKS: usize = 100;

/// The journal as those see it who look after single streams.
pub trait CatchUp: Send + Sync {
    /// The last version of a stream that is in the journal, 0 if none is; or an earlier one that is enough.
    fn journaled(
        &self,
        stream: &StreamId,
        enough: u64,
    ) -> impl Future<Output = Result<u64, SequenceError>> + Send;

    /// Journals all that a stream has; what it stops at, if it cannot. The next relay hands it on.
    fn catch_up(
        &self,
        stream: &StreamId,
    ) -> impl Future<Output = Result<Option<Stuck>, SequenceError>> + Send;
}

impl<S: EventStore, J: Journal, E: Environment> CatchUp for Sequencer<S, J, E> {
    /// Waits for nobody: what is remembered is left to those who write. One request, if what is written down is enough.
    async fn journaled(&self, stream: &StreamId, enough: u64) -> Result<u64, SequenceError> {
        let written = async || {
            let ends = self.journal.ends(std::slice::from_ref(stream)).await?;
            Ok::<u64, StoreError>(ends.get(stream).copied().unwrap_or_default())
        };
        let journaled = async {
            let written_before = written().await?;
            if written_before >= enough {
                return Ok(written_before);
            }
            // Whatever is not written down is in a block behind the mark.
            let mut next = self.journal.handed_on().await?;
            let mut journaled = written().await?;
            loop {
                let blocks = self.journal.following(next, BLOCKS).await?;
                let Some(last) = blocks.last() else { return Ok(journaled) };
                next = last.end();
                for block in &blocks {
                    let after = block.moves().get(stream).map_or(0, |(_, after)| *after);
                    journaled = journaled.max(after);
                }
            }
        };
        journaled.await.map_err(SequenceError::Journal)
    }

    async fn catch_up(&self, stream: &StreamId) -> Result<Option<Stuck>, SequenceError> {
        let newest = match self.store.newest(stream).await {
            Ok(newest) => newest,
            Err(error) if error.is_poison() => {
                let version = self.journaled(stream, u64::MAX).await?.saturating_add(1);
                return Ok(Some(Stuck { stream: stream.clone(), version, reason: Box::new(error) }));
            }
            Err(error) => return Err(SequenceError::Events(error)),
        };
        Ok(self.journal(newest.into_iter().collect()).await?.stuck.pop())
    }
}

impl<T: CatchUp> CatchUp for Arc<T> {
    async fn journaled(&self, stream: &StreamId, enough: u64) -> Result<u64, SequenceError> {
        T::journaled(self, stream, enough).await
    }

    async fn catch_up(&self, stream: &StreamId) -> Result<Option<Stuck>, SequenceError> {
        T::catch_up(self, stream).await
    }
}

/// A bank without a journal: nothing is ever lacking in it.
impl CatchUp for () {
    async fn journaled(&self, _: &StreamId, _: u64) -> Result<u64, SequenceError> {
        Ok(u64::MAX)
    }

    async fn catch_up(&self, _: &StreamId) -> Result<Option<Stuck>, SequenceError> {
        Ok(None)
    }
}
