//! Where the journal and its streams end, as far as one relay knows.

use std::collections::BTreeMap;

use super::{Block, FIRST_POSITION, Position};
use crate::{
    StreamId,
    ports::{Journal, StoreError},
};

/// How many blocks are read at a time that others have added.
const BLOCKS: usize = 100;

/// How many streams are remembered beside those that there were to begin with.
const REMEMBERED_MAX: usize = 100_000;

/// Ends of streams, all of them as of one end of the journal.
///
/// **Invariant:** every stream that has a place between the first of the positions that were read and `next` is in
/// `streams`, with its last version there. All places before that are in what the journal has written down. So the end of
/// a stream that is not known can be read at any time: what it says is its end at `next`, unless the journal has moved on
/// since; and then no block can be added at `next`.
#[derive(Debug)]
pub(super) struct Ends {
    next: Option<Position>,
    streams: BTreeMap<StreamId, u64>,
    most: usize,
}

impl Default for Ends {
    fn default() -> Self {
        Self { next: None, streams: BTreeMap::new(), most: usize::MAX }
    }
}

impl Ends {
    /// Where the journal ends, as far as is known.
    pub(super) fn next(&self) -> Position {
        self.next.unwrap_or(FIRST_POSITION)
    }

    /// The end of a stream at [`next`](Self::next); 0 for one that was not asked for.
    pub(super) fn of(&self, stream: &StreamId) -> u64 {
        self.streams.get(stream).copied().unwrap_or_default()
    }

    /// Reads what is not known of these streams: nothing, if they were all here before.
    pub(super) async fn read<'a, J: Journal>(
        &mut self,
        journal: &J,
        streams: impl Iterator<Item = &'a StreamId> + Clone,
    ) -> Result<(), StoreError> {
        if self.streams.len() > self.most {
            *self = Self::default();
        }
        if self.next.is_none() {
            self.begin(journal).await?;
        }
        let unknown: Vec<StreamId> =
            streams.filter(|stream| !self.streams.contains_key(*stream)).cloned().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut ends = journal.ends(&unknown).await?;
        self.streams.extend(unknown.into_iter().map(|stream| {
            let end = ends.remove(&stream).unwrap_or_default();
            (stream, end)
        }));
        // That took its time. A block that cannot be added is paid for all the same.
        self.look(journal).await.map(drop)
    }

    async fn begin<J: Journal>(&mut self, journal: &J) -> Result<(), StoreError> {
        let mut ends = Self { next: Some(journal.handed_on().await?), ..Self::default() };
        ends.look(journal).await?;
        ends.most = ends.streams.len().saturating_add(REMEMBERED_MAX);
        *self = ends;
        Ok(())
    }

    /// Reads what was added after [`next`](Self::next), and goes on to the journal's end.
    pub(super) async fn look<J: Journal>(&mut self, journal: &J) -> Result<Vec<Block>, StoreError> {
        let mut added = Vec::new();
        loop {
            let page = journal.following(self.next(), BLOCKS).await?;
            let is_last = page.len() < BLOCKS;
            page.iter().for_each(|block| self.add(block));
            added.extend(page);
            if is_last {
                return Ok(added);
            }
        }
    }

    /// Takes a block down that was added at [`next`](Self::next).
    pub(super) fn add(&mut self, block: &Block) {
        for (stream, (_, after)) in block.moves() {
            self.streams.insert(stream.clone(), after);
        }
        self.next = Some(block.end());
    }
}
