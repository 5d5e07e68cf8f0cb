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
    /// The block that ends there, if it was read or added: as long as it is there, the journal is the one that is
    /// remembered, and not one that was restored to some earlier time.
    last: Option<Block>,
    streams: BTreeMap<StreamId, u64>,
    /// How many streams are remembered beside those that there were to begin with.
    remembered_max: usize,
    most: usize,
}

impl Ends {
    pub(super) fn new(remembered_max: usize) -> Self {
        Self { next: None, last: None, streams: BTreeMap::new(), remembered_max, most: usize::MAX }
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
        let mark = journal.handed_on().await?;
        let last = ending_at(journal, mark).await?;
        let mut ends = Self { next: Some(mark), last, ..Self::new(self.remembered_max) };
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
        let next = self.next.unwrap_or(FIRST_POSITION);
        let begin = self.last.as_ref().map_or(next, |last| last.first);
        let blocks = journal.following(begin, BLOCKS).await?;
        let has_wanted = wanted.is_some_and(|wanted| blocks.contains(wanted));
        let is_last = blocks.len() < BLOCKS;
        if let Err(error) = self.take(blocks, next) {
            // It may be what is remembered that is wrong.
            self.forget();
            return Err(error);
        }
        Ok(Page { has_wanted, is_last })
    }

    /// Takes down what comes after the last block, which has to be the first of these, and ends at `next`.
    fn take(&mut self, mut blocks: Vec<Block>, mut next: Position) -> Result<(), StoreError> {
        let is_known = self.last.is_some();
        if is_known && blocks.first() != self.last.as_ref() {
            return Err(StoreError::Unreadable(
                format!("the journal ends before {next}, or is another").into(),
            ));
        }
        for block in blocks.iter().skip(usize::from(is_known)) {
            next = follows(block, next)?;
            self.add_moves(block);
        }
        // The last of them alone is kept: blocks may be large.
        self.last = blocks.pop();
        self.next = Some(next);
        Ok(())
    }

    /// Takes a block down that was added at [`next`](Self::next).
    pub(super) fn add(&mut self, block: &Block) {
        self.add_moves(block);
        self.next = Some(block.end());
        self.last = Some(block.clone());
    }

    fn add_moves(&mut self, block: &Block) {
        let moves = block.moves().into_iter();
        self.streams.extend(moves.map(|(stream, (_, after))| (stream.clone(), after)));
    }

    fn forget(&mut self) {
        *self = Self::new(self.remembered_max);
    }
}

struct Page {
    has_wanted: bool,
    is_last: bool,
}

/// The block before the mark; none if nothing was ever handed on.
async fn ending_at<J: Journal>(journal: &J, mark: Position) -> Result<Option<Block>, StoreError> {
    if mark <= FIRST_POSITION {
        return Ok(None);
    }
    match journal.blocks(mark - 1, 1).await?.pop() {
        Some(block) if block.end() == mark => Ok(Some(block)),
        _ => Err(StoreError::Unreadable(
            format!("the journal was handed on until {mark}, and no block ends there").into(),
        )),
    }
}

/// A block has to begin where the one before it ends: nobody leaves a position out, but an administrator's hand may. Says
/// where this one ends.
pub(crate) fn follows(block: &Block, end: Position) -> Result<Position, StoreError> {
    if block.first == end {
        return Ok(block.end());
    }
    Err(StoreError::Unreadable(format!("the journal goes on at {} instead of {end}", block.first).into()))
}
