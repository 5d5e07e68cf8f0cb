//! Works at one segment of a rebuild, page by page, until it is done or time is up.

use std::time::Duration;

use application::{
    Commit,
    journal::{Block, FIRST_POSITION, Position, commits},
    ports::{Environment, Generation, Journal, Scope, Segment, SegmentedStore},
};
use domain::Timestamp;

use super::{
    Monitor, Task, Tasks,
    job::{self, Job, Phase, Progress},
    model::{Looked, Models, ReadModel, of_projection},
};
use crate::{
    ProjectionError,
    generations::{ControlTable, GenerationCatalog as _, record},
    summary::Written,
};

/// How many items of the events table are read for one note of how far it is.
const PAGE_ITEMS: usize = 1_000;

/// How many blocks of the journal.
const PAGE_BLOCKS: usize = 5;

/// How long to leave a store alone that takes no more just now.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// How a task was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// There is nothing more to do for it.
    Done,
    /// It goes on later, by another task of the same form.
    More,
    /// Somebody else works at the same segment.
    Overtaken,
}

/// A worker over the events, the journal, and the read models that are made.
#[derive(Clone, Debug)]
pub struct Worker<S, J, C, A, H, Q, E> {
    /// The events.
    pub store: S,
    /// Their order.
    pub journal: J,
    /// Where it is noted how far rebuilds are.
    pub table: C,
    /// What is made.
    pub models: Models<A, H>,
    /// Where tasks go.
    pub tasks: Q,
    /// What time it is.
    pub environment: E,
}

impl<S: Clone, J: Clone, C: Clone, A: Clone, H: Clone, Q, E> Worker<S, J, C, A, H, Q, E> {
    /// A look at what this worker works at.
    pub fn monitor<P>(&self, parking: P) -> Monitor<S, J, C, A, H, P> {
        Monitor {
            store: self.store.clone(),
            journal: self.journal.clone(),
            table: self.table.clone(),
            models: self.models.clone(),
            parking,
        }
    }
}

/// What a page came to.
#[derive(Default)]
struct Page {
    count: u64,
    unreadable: u64,
    parked: u64,
    next: Option<String>,
}

impl<S, J, C, A, H, Q, E> Worker<S, J, C, A, H, Q, E>
where
    S: SegmentedStore,
    J: Journal,
    C: ControlTable,
    A: ReadModel,
    H: ReadModel,
    Q: Tasks,
    E: Environment,
{
    /// Works at this task, page by page, until this time. One page takes seconds; what is left is to be sent again.
    ///
    /// # Errors
    /// [`ProjectionError`]; then the task has to come again.
    pub async fn work(&self, task: Task, until: Timestamp) -> Result<Worked, ProjectionError> {
        let Some(job) = self.current(task).await? else { return Ok(Worked::Done) };
        let (mut progress, mut revision) =
            job::progress(&self.table, task.projection, &job, task.segment).await?;
        while !progress.is_done {
            if self.environment.now() >= until {
                return Ok(Worked::More);
            }
            let page = match self.page(task, &job, &mut progress).await {
                Err(error) if error.is_throttled() => {
                    self.environment.wait(THROTTLED_PAUSE).await;
                    continue;
                }
                page => page?,
            };
            progress.add(page);
            let noted =
                job::put_progress(&self.table, task.projection, &job, task.segment, &progress, revision);
            if noted.await? == Written::Lost {
                // To others, or to our own first try whose answer was lost.
                let (there, _) = job::progress(&self.table, task.projection, &job, task.segment).await?;
                if there != progress {
                    return Ok(Worked::Overtaken);
                }
            }
            revision = Some(revision.unwrap_or_default().saturating_add(1));
            if self.current(task).await?.is_none_or(|now| now.phase != job.phase) {
                return Ok(Worked::Done);
            }
        }
        self.finish(task.projection, &job).await?;
        Ok(Worked::Done)
    }

    /// The rebuild that a task is of, if it runs and its phase has such a segment.
    async fn current(&self, task: Task) -> Result<Option<Job>, ProjectionError> {
        let (record, _) = record(&self.table, task.projection).await?;
        let is_current = |job: &Job| job.id == task.rebuild && task.segment < job.segments_of_phase();
        Ok(record.running().cloned().filter(is_current))
    }

    async fn page(&self, task: Task, job: &Job, progress: &mut Progress) -> Result<Page, ProjectionError> {
        let after = progress.cursor.as_deref();
        match (job.phase, job.scope, job.generation) {
            (Phase::Project, Scope::From { from }, _) => self.replay(task, job, from, after).await,
            (Phase::Project, _, Some(generation)) => self.project(task, job, generation, after).await,
            (Phase::Switch, _, Some(generation)) => {
                self.publish(task.projection, generation).await?;
                Ok(Page::default())
            }
            (Phase::Sum, _, Some(generation)) => {
                let totals = &mut progress.totals;
                let looked = of_projection!(self.models, task.projection, model => model.sum(generation, after, totals));
                looked.map(Page::from)
            }
            (Phase::Discard, _, Some(generation)) => {
                // Whoever led queries to it and came no further must not have led them nowhere.
                self.publish_read(task.projection).await?;
                let looked =
                    of_projection!(self.models, task.projection, model => model.discard(generation, after));
                looked.map(Page::from)
            }
            (_, _, None) => Ok(Page::default()),
        }
    }

    async fn project(
        &self,
        task: Task,
        job: &Job,
        generation: Generation,
        after: Option<&str>,
    ) -> Result<Page, ProjectionError> {
        let segment = Segment { number: task.segment, of: job.segments };
        let read = self.store.segment(segment, after, PAGE_ITEMS).await.map_err(ProjectionError::Events)?;
        let count = u64::try_from(read.commits.len()).unwrap_or(u64::MAX).saturating_add(read.unreadable);
        let (until, commits) = (job.until(), read.commits);
        let parked =
            of_projection!(self.models, task.projection, model => model.project(generation, until, commits))?;
        Ok(Page { count, unreadable: read.unreadable, parked, next: read.next })
    }

    /// The part of the journal that is this segment's, into all the generations that there are.
    async fn replay(
        &self,
        task: Task,
        job: &Job,
        from: Position,
        after: Option<&str>,
    ) -> Result<Page, ProjectionError> {
        let (first, end) = part(from, job.end.unwrap_or(FIRST_POSITION), task.segment, job.segments);
        let next = after.and_then(|cursor| cursor.parse().ok()).unwrap_or(first);
        let blocks = if next < end { self.journal.blocks(next, PAGE_BLOCKS).await } else { Ok(Vec::new()) };
        let (mut page, mut reached, mut all) = (Page::default(), end, Vec::new());
        for block in blocks.map_err(ProjectionError::Events)? {
            let placed = (block.first..).zip(&block.entries).filter(|(place, _)| (next..end).contains(place));
            page.count = page.count.saturating_add(u64::try_from(placed.count()).unwrap_or(u64::MAX));
            let (read, unreadable) = self.readable(&block).await?;
            page.unreadable = page.unreadable.saturating_add(unreadable);
            // Those of the block that are another segment's are done twice, which is no harm.
            all.extend(read);
            reached = block.end().min(end);
        }
        for generation in self.table.generations(task.projection).await?.written {
            let commits = all.clone();
            page.parked =
                of_projection!(self.models, task.projection, model => model.replay(generation, commits))?;
        }
        page.next = (reached < end).then(|| reached.to_string());
        Ok(page)
    }

    /// The commits of a block that can be read, and how many cannot.
    async fn readable(&self, block: &Block) -> Result<(Vec<Commit>, u64), ProjectionError> {
        match commits(&self.store, block).await {
            Ok(commits) => return Ok((commits, 0)),
            Err(error) if error.is_poison() => {}
            Err(error) => return Err(ProjectionError::Events(error)),
        }
        let (mut readable, mut unreadable) = (Vec::new(), 0);
        for entry in &block.entries {
            match self.store.commits_at(&[(&entry.stream, entry.version)]).await {
                Ok(found) if !found.is_empty() => readable.extend(found),
                Err(error) if !error.is_poison() => return Err(ProjectionError::Events(error)),
                _ => unreadable += 1,
            }
        }
        Ok((readable, unreadable))
    }
}

impl Progress {
    fn add(&mut self, page: Page) {
        self.count = self.count.saturating_add(page.count);
        self.unreadable = self.unreadable.saturating_add(page.unreadable);
        self.parked = self.parked.saturating_add(page.parked);
        self.is_done = page.next.is_none();
        self.cursor = page.next;
    }
}

impl From<Looked> for Page {
    fn from(Looked { rows, next }: Looked) -> Self {
        Self { count: rows, next, ..Self::default() }
    }
}

/// The positions that are a segment's: from the first one up to, and without, the other.
fn part(from: Position, end: Position, segment: u32, of: u32) -> (Position, Position) {
    let length = end.saturating_sub(from);
    let cut = |number: u32| {
        let before = u128::from(length) * u128::from(number) / u128::from(of.max(1));
        from.saturating_add(Position::try_from(before).unwrap_or(length))
    };
    (cut(segment), cut(segment.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_journal_follow_on_each_other_and_are_all_of_it() {
        for (from, end, of) in [(1, 1, 4), (1, 3, 4), (1, 101, 3), (57, 1_000_003, 64)] {
            let parts: Vec<_> = (0..of).map(|segment| part(from, end, segment, of)).collect();
            assert_eq!((parts[0].0, parts[parts.len() - 1].1), (from, end));
            assert!(parts.windows(2).all(|pair| pair[0].1 == pair[1].0), "{parts:?}");
        }
    }
}
