//! Writes the events of a part of the journal anew, in few large files, and lets these count instead of the many small.
//!
//! It reads the journal and the events, not the small files: so a compaction is also the rebuild of its part, and it is
//! all the same whether a message was delivered twice, late, or never. Each attempt writes files of its own name. They
//! count for nothing until the list of the compactions says so, which one conditional write does; of two compactors at
//! once, one finds that the list has moved on, and its files count for ever for nothing.

use application::{
    journal::{Position, commits},
    ports::{Environment, EventStore, Journal},
};
use domain::Timestamp;

use super::{
    AnalyticsError, Compactions, Layout, Limits, Object, Objects, Span, Tag, files::Files, row::rows,
};
use crate::summary::Written;

/// How many blocks are read at a time.
const BLOCKS: usize = 10;

/// The most compactions in one run.
const STEPS_MAX: usize = 1_000;

/// Compacts the analytics of a journal.
#[derive(Clone, Debug)]
pub struct Compactor<S, J, O, E> {
    store: S,
    journal: J,
    pub(super) objects: O,
    pub(super) environment: E,
    pub(super) layout: Layout,
    pub(super) limits: Limits,
}

/// The list of the compactions as it was read.
pub(super) struct Seen {
    tag: Tag,
    written_at: Timestamp,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Compactions that count from now on.
    pub compactions: usize,
    /// Positions in them, those that were compacted before included.
    pub positions: u64,
    /// Files of theirs.
    pub files: usize,
    /// Files that were taken away since they count no more.
    pub removed: usize,
}

impl<S, J, O, E> Compactor<S, J, O, E>
where
    S: EventStore,
    J: Journal,
    O: Objects,
    E: Environment,
{
    /// Compacts what this journal names, out of this store into these objects.
    pub fn new(store: S, journal: J, objects: O, environment: E, layout: Layout, limits: Limits) -> Self {
        Self { store, journal, objects, environment, layout, limits }
    }

    /// Compacts all that is worth it, as far as it can be begun before `deadline`; then takes away what counts no more.
    /// What is left, or was begun and not finished, the next run does.
    ///
    /// # Errors
    /// [`AnalyticsError`]: whatever counts, counts as before or as it has to from now on.
    pub async fn run(&self, deadline: Timestamp) -> Result<Compacted, AnalyticsError> {
        let mut compacted = Compacted::default();
        for _ in 0..STEPS_MAX {
            if self.environment.now() >= deadline || !self.step(self.limits, &mut compacted).await? {
                break;
            }
        }
        compacted.removed = self.sweep().await?;
        Ok(compacted)
    }

    /// One compaction. Says whether there may be another.
    pub(super) async fn step(
        &self,
        limits: Limits,
        compacted: &mut Compacted,
    ) -> Result<bool, AnalyticsError> {
        let (mut compactions, seen) = self.compactions().await?;
        let has_forgotten =
            compactions.forget(self.environment.now(), seen.as_ref().map(|seen| seen.written_at));
        let next = limits.next(&compactions, self.journal.handed_on().await?);
        let Some(span) = next else {
            if has_forgotten {
                self.publish(&compactions, seen.as_ref()).await?;
            }
            return Ok(false);
        };
        let name = self.environment.new_id().to_string();
        let (until, files) = self.write(span, &name).await?;
        let span = Span { until, ..span };
        compactions.replace(span, &name, self.environment.now());
        if self.publish(&compactions, seen.as_ref()).await? == Written::Lost {
            return Ok(false);
        }
        compacted.compactions += 1;
        compacted.positions += span.len();
        compacted.files += files;
        Ok(true)
    }

    /// Writes the files of a part of the journal. Says up to where its last block goes, and how many files it came to.
    pub(super) async fn write(&self, span: Span, name: &str) -> Result<(Position, usize), AnalyticsError> {
        let (mut files, mut next, mut count) = (Files::new(name.to_owned()), span.first, 0);
        while next < span.until {
            let blocks = self.journal.blocks(next, BLOCKS).await?;
            if blocks.is_empty() {
                return Err(AnalyticsError::NoBlock(next));
            }
            for block in blocks.into_iter().take_while(|block| block.first < span.until) {
                if block.first != next {
                    return Err(AnalyticsError::NoBlock(next));
                }
                for (position, commit) in (block.first..).zip(commits(&self.store, &block).await?) {
                    for row in rows(position, &commit)? {
                        files.add(row)?;
                    }
                }
                next = block.end();
            }
        }
        for (date, bytes) in files.finish() {
            self.objects.put(&self.layout.compacted(&date, name), bytes?).await?;
            count += 1;
        }
        Ok((next, count))
    }

    pub(super) async fn publish(
        &self,
        compactions: &Compactions,
        seen: Option<&Seen>,
    ) -> Result<Written, AnalyticsError> {
        let (bytes, tag) = (compactions.write()?, seen.map(|seen| &seen.tag));
        Ok(self.objects.put_if(&self.layout.compactions(), bytes, tag).await?)
    }

    pub(super) async fn compactions(&self) -> Result<(Compactions, Option<Seen>), AnalyticsError> {
        match self.objects.get(&self.layout.compactions()).await? {
            Some(Object { bytes, tag, modified_at }) => {
                Ok((Compactions::read(bytes)?, Some(Seen { tag, written_at: modified_at })))
            }
            None => Ok((Compactions::none(), None)),
        }
    }
}
