//! A stream as a command sees it: how far it is, what it says, and how it goes on.

use domain::Timestamp;

use crate::{
    Commit, Hash, Metadata, StreamId,
    codec::{self, Aggregate, CodecError},
    ports::{EventStore, StoreError},
};

/// How many commits a fold reads at a time.
const FOLD_PAGE: usize = 200;

/// The newest point of a stream.
#[derive(Clone, Debug)]
pub struct Stream<A: Aggregate> {
    /// Which stream.
    pub id: StreamId,
    /// The version of its last event; 0 before the first.
    pub version: u64,
    /// The state after it; `None` before the first.
    pub state: Option<A::State>,
    /// The newest commit.
    pub newest: Option<Commit>,
}

impl<A: Aggregate> Stream<A> {
    /// Reads the newest commit: one read unit, however long the history.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails or what it holds cannot be read.
    pub async fn load<S: EventStore>(store: &S, id: StreamId) -> Result<Self, StoreError> {
        match store.newest(&id).await? {
            Some(commit) => Self::at(store, commit).await,
            None => Ok(Self { id, version: 0, state: None, newest: None }),
        }
    }

    /// The stream as of this commit, without another read, unless its state is of another schema.
    ///
    /// # Errors
    /// [`StoreError`] as in [`load`](Self::load).
    pub async fn at<S: EventStore>(store: &S, commit: Commit) -> Result<Self, StoreError> {
        // The state would do. But an event that this build does not know must not be decided upon.
        let version = codec::events::<A>(&commit)?.last().map_or(commit.version, |last| last.version);
        let state = match codec::state::<A>(&commit)? {
            Some(state) => state,
            None => Self::fold(store, &commit).await?,
        };
        Ok(Self { id: commit.stream.clone(), version, state: Some(state), newest: Some(commit) })
    }

    /// The state from all the events up to and with this commit.
    async fn fold<S: EventStore>(store: &S, last: &Commit) -> Result<A::State, StoreError> {
        let (mut state, mut from) = (None, 1);
        while from <= last.version {
            let page = store.read(&last.stream, from, FOLD_PAGE).await?;
            let page_is_empty = page.is_empty();
            for commit in page.iter().take_while(|commit| commit.version <= last.version) {
                for recorded in codec::events::<A>(commit)? {
                    let evolved = A::evolve(state, &recorded.event, recorded.timestamp);
                    state = Some(evolved.map_err(CodecError::from)?);
                    from = recorded.version.saturating_add(1);
                }
            }
            if page_is_empty {
                return Err(StoreError::Gap { stream: last.stream.clone(), version: from });
            }
        }
        state.ok_or_else(|| StoreError::Gap { stream: last.stream.clone(), version: 1 })
    }

    /// The earliest time the next commit can have, if the clock says `now`.
    #[must_use]
    pub fn next_timestamp(&self, now: Timestamp) -> Timestamp {
        self.newest.as_ref().map_or(now, |newest| now.after(newest.timestamp))
    }

    /// The commit that adds this event, at a time from [`next_timestamp`](Self::next_timestamp) or later.
    ///
    /// # Errors
    /// [`CodecError`] if the event cannot follow, or cannot be stored.
    pub fn next(
        &self,
        id: String,
        event: &A::Event,
        at: Timestamp,
        by: &Metadata,
    ) -> Result<Commit, CodecError> {
        debug_assert!(self.next_timestamp(at) == at, "time in a stream strictly increases");
        let state = A::evolve(self.state.clone(), event, at)?;
        let stored = codec::StoredEvent { id, ..A::encode(event)? };
        let commit = Commit {
            stream: self.id.clone(),
            version: self.version.saturating_add(1),
            timestamp: at,
            events: codec::text("events", &[stored])?,
            state: codec::state_text::<A>(&state)?,
            metadata: codec::text("metadata", by)?,
            hash: Hash::default(),
        };
        Ok(commit.chained(self.newest.as_ref().map(|newest| newest.hash)))
    }
}
