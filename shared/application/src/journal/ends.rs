//! Where the journal and its streams end, as far as one relay knows.

use std::collections::BTreeMap;

use super::{Block, FIRST_POSITION, Position};
use crate::{
    StreamId,
    ports::{Journal, StoreError},
};

/// How many blocks are read at a time that others have added.
const BLOCKS: usize = 100;

/// Whoever has missed more pages of them, since it stood still for a while, begins anew at the mark.
const PAGES_MAX: u32 = 5;

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
    /// How many streams are remembered beside those that there were to begin with.
    remembered_max: usize,
    most: usize,
}

impl Ends {
    pub(super) fn new(remembered_max: usize) -> Self {
        Self { next: None, streams: BTreeMap::new(), remembered_max, most: usize::MAX }
    }

    /// Where the journal ends, if that is known.
    pub(super) fn next(&self) -> Option<Position> {
        self.next
    }

    /// The end of a stream at [`next`](Self::next), 0 if it has none there; `None` if that is not known.
    pub(super) fn of(&self, stream: &StreamId) -> Option<u64> {
        self.streams.get(stream).copied()
    }

    /// Reads what is not known of these streams, and what was added meanwhile: a block that cannot be added is paid for all
    /// the same.
    pub(super) async fn read<'a, J: Journal>(
        &mut self,
        journal: &J,
        streams: impl Iterator<Item = &'a StreamId> + Clone,
    ) -> Result<(), StoreError> {
        loop {
            if self.streams.len() > self.most {
                self.forget();
            }
            if self.next.is_none() {
                self.begin(journal).await?;
            }
            let unknown = self.unknown(streams.clone());
            if !unknown.is_empty() {
                let mut ends = journal.ends(&unknown).await?;
                self.streams.extend(unknown.into_iter().map(|stream| {
                    let end = ends.remove(&stream).unwrap_or_default();
                    (stream, end)
                }));
            }
            self.look(journal, None).await?;
            if self.next.is_some() {
                return Ok(());
            }
        }
    }

    fn unknown<'a>(&self, streams: impl Iterator<Item = &'a StreamId>) -> Vec<StreamId> {
        streams.filter(|stream| !self.streams.contains_key(*stream)).cloned().collect()
    }

    async fn begin<J: Journal>(&mut self, journal: &J) -> Result<(), StoreError> {
        let mut ends = Self { next: Some(journal.handed_on().await?), ..Self::new(self.remembered_max) };
        while !ends.look_at_page(journal, None).await?.is_last {}
        ends.most = ends.streams.len().saturating_add(self.remembered_max);
        *self = ends;
        Ok(())
    }

    /// Reads what was added after [`next`](Self::next), and goes on to the journal's end, or forgets everything if that
    /// is far. Says whether a block is among it.
    pub(super) async fn look<J: Journal>(
        &mut self,
        journal: &J,
        wanted: Option<&Block>,
    ) -> Result<bool, StoreError> {
        let mut is_there = false;
        for _ in 0..PAGES_MAX {
            let page = self.look_at_page(journal, wanted).await?;
            is_there |= page.has_wanted;
            if page.is_last {
                return Ok(is_there);
            }
        }
        self.forget();
        Ok(is_there)
    }

    async fn look_at_page<J: Journal>(
        &mut self,
        journal: &J,
        wanted: Option<&Block>,
    ) -> Result<Page, StoreError> {
        let mut next = self.next.unwrap_or(FIRST_POSITION);
        let blocks = journal.following(next, BLOCKS).await?;
        for block in &blocks {
            if let Err(error) = follows(block, next) {
                // It may be what is remembered that is wrong.
                self.forget();
                return Err(error);
            }
            self.add(block);
            next = block.end();
        }
        let has_wanted = wanted.is_some_and(|wanted| blocks.contains(wanted));
        Ok(Page { has_wanted, is_last: blocks.len() < BLOCKS })
    }

    /// Takes a block down that was added at [`next`](Self::next).
    pub(super) fn add(&mut self, block: &Block) {
        for (stream, (_, after)) in block.moves() {
            self.streams.insert(stream.clone(), after);
        }
        self.next = Some(block.end());
    }

    fn forget(&mut self) {
        *self = Self::new(self.remembered_max);
    }
}

struct Page {
    has_wanted: bool,
    is_last: bool,
}

/// A block has to begin where the one before it ends: nobody leaves a position out, but a table that was restored to some
/// earlier time is another one than is remembered.
pub(crate) fn follows(block: &Block, end: Position) -> Result<(), StoreError> {
    if block.first == end {
        return Ok(());
    }
    Err(StoreError::Unreadable(format!("the journal goes on at {} instead of {end}", block.first).into()))
}
