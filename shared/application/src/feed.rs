//! The event feed: every event of every stream, in the order of the journal.

use crate::{
    QueryError, StreamId, codec,
    commands::Caller,
    journal::{Block, Position, commits},
    ports::{EventStore, Journal},
    queries::AuditedEvent,
};

/// How many blocks are read at a time.
const BLOCKS: usize = 10;

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
        let (mut next, mut events, mut count) = (position.saturating_add(1), Vec::new(), 0);
        loop {
            let blocks = self.journal.blocks(next, BLOCKS).await?;
            let Some(last) = blocks.last() else { return Ok(FeedPage { events, has_more: false }) };
            let end = last.end();
            for block in blocks {
                let part = part(block, next, limit - count);
                count += part.entries.len();
                self.add(&part, &mut events).await?;
                if count == limit {
                    let has_more = !self.journal.blocks(part.end(), 1).await?.is_empty();
                    return Ok(FeedPage { events, has_more });
                }
            }
            next = end;
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

/// What a block has from a position on, up to so many.
fn part(mut block: Block, from: Position, limit: usize) -> Block {
    let before = usize::try_from(from.saturating_sub(block.first)).unwrap_or(usize::MAX);
    block.entries.drain(..before.min(block.entries.len()));
    block.entries.truncate(limit);
    block.first = block.first.max(from);
    block
}
