//! The newest commits that a command knows of: read once, and replaced by those that came in between.

use std::collections::BTreeMap;

use crate::{
    Commit, Stream, StreamId,
    codec::Aggregate,
    ports::{EventStore, StoreError},
};

/// Streams and their newest commits; `None` for a stream without any.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<StreamId, Option<Commit>>);

impl Known {
    /// Reads the newest commits of these streams at once, but for those known already.
    pub(super) async fn read<S: EventStore>(
        &mut self,
        store: &S,
        streams: &[StreamId],
    ) -> Result<(), StoreError> {
        let unknown: Vec<StreamId> =
            streams.iter().filter(|stream| !self.0.contains_key(stream)).cloned().collect();
        let reads = unknown.iter().map(|stream| store.newest(stream));
        let newest = futures::future::try_join_all(reads).await?;
        self.0.extend(unknown.into_iter().zip(newest));
        Ok(())
    }

    /// These have won: they are the newest known now.
    pub(super) fn learn(&mut self, winners: Vec<Commit>) {
        self.0.extend(winners.into_iter().map(|winner| (winner.stream.clone(), Some(winner))));
    }

    /// These have won, and more have followed on them: the newest are to be read again.
    pub(super) fn forget(&mut self, winners: &[Commit]) {
        self.0.retain(|stream, _| winners.iter().all(|winner| winner.stream != *stream));
    }

    /// A stream at its newest known commit.
    pub(super) async fn stream<A: Aggregate, S: EventStore>(
        &mut self,
        store: &S,
        id: &StreamId,
    ) -> Result<Stream<A>, StoreError> {
        self.read(store, std::slice::from_ref(id)).await?;
        match self.0.get(id).cloned().flatten() {
            Some(commit) => Stream::at(store, commit).await,
            None => Ok(Stream { id: id.clone(), version: 0, state: None, newest: None }),
        }
    }
}
