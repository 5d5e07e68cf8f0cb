//! The event feed: every event of every stream, in the order of the journal.

use crate::{
    QueryError, StreamId, codec,
    commands::Caller,
    journal::{Block, Position, commits, follows},
    ports::{EventStore, Journal},
    queries::AuditedEvent,
};

/// The most blocks that are read at a time. One may have as many commits as fit into a page, or a single one.
const BLOCKS_MAX: usize = 10;

/// The feed over the journal and the events that it names.
#[derive(Clone, Debug)]
pub struct Feed<S, J> {
    store: S,
    journal: J,
}

/// Some of the events.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedPage {
    /// In the order of the journal; the events of one commit have one position.
    pub events: Vec<FeedEvent>,
    /// Whether there are more by now.
    pub has_more: bool,
}

/// An event with its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedEvent {
    /// The position of its commit.
    pub position: Position,
    /// The stream.
    pub stream: StreamId,
    /// The event as it is stored.
    pub event: AuditedEvent,
}

impl<S: EventStore, J: Journal> Feed<S, J> {
    /// The feed of this journal.
    pub fn new(store: S, journal: J) -> Self {
        Self { store, journal }
    }

    /// The events of up to `limit` commits after a position; only an admin may see everybody's.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn after(
        &self,
        caller: &Caller,
        position: Position,
        limit: usize,
    ) -> Result<FeedPage, QueryError> {
        caller.admin_or(QueryError::Forbidden)?;
        let (mut next, mut events, mut count, mut at_a_time) = (position.saturating_add(1), Vec::new(), 0, 1);
        loop {
            let blocks = self.journal.blocks(next, at_a_time).await?;
            let Some(last) = blocks.last() else { return Ok(FeedPage { events, has_more: false }) };
            let (end, size) = (last.end(), last.entries.len().max(1));
            // The first may begin before what is asked for.
            let mut follow = blocks.first().map_or(next, |first| first.first.min(next));
            for block in blocks {
                follow = follows(&block, follow)?;
                let wanted = Position::try_from(limit - count).unwrap_or(Position::MAX);
                let from = block.first.max(next);
                let part = block.part(&(from..from.saturating_add(wanted)));
                count += part.entries.len();
                self.add(&part, &mut events).await?;
                if count == limit {
                    let has_more = !self.journal.blocks(part.end(), 1).await?.is_empty();
                    return Ok(FeedPage { events, has_more });
                }
            }
            next = end;
            at_a_time = (limit - count).div_ceil(size).clamp(1, BLOCKS_MAX);
        }
    }

    async fn add(&self, block: &Block, events: &mut Vec<FeedEvent>) -> Result<(), QueryError> {
        for (position, commit) in (block.first..).zip(commits(&self.store, block).await?) {
            let metadata = codec::metadata(&commit)?;
            for (version, stored) in (commit.version..).zip(codec::stored_events(&commit)?) {
                let (timestamp, metadata, hash) = (commit.timestamp, metadata.clone(), commit.hash);
                let event = AuditedEvent { version, stored, timestamp, metadata, hash };
                events.push(FeedEvent { position, stream: commit.stream.clone(), event });
            }
        }
        Ok(())
    }
}
