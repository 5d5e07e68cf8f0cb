//! Journals what a stream has, whoever has lost the records of it.

use std::sync::Arc;

use super::{SequenceError, Sequencer, Stuck};
use crate::{
    StreamId,
    ports::{Environment, EventStore, Journal},
};

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
    /// One request that waits for nobody, if what is written down is enough; else what others have added is read as for a
    /// batch, and remembered.
    async fn journaled(&self, stream: &StreamId, enough: u64) -> Result<u64, SequenceError> {
        let journaled = async {
            let written = self.journal.ends(std::slice::from_ref(stream)).await?;
            if let Some(end) = written.get(stream).filter(|end| **end >= enough) {
                return Ok(*end);
            }
            let mut ends = self.ends.lock().await;
            ends.read(&self.journal, std::iter::once(stream)).await?;
            Ok(ends.of(stream).unwrap_or_default())
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
