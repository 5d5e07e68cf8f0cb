//! A stream read in order, some commits at a time, and on behind what cannot be read.

use application::{
    Commit, StreamId,
    codec::{self, CodecError},
    ports::EventStore,
};

use crate::{ProjectionError, chain};

/// How many commits are read at a time.
pub(crate) const STRETCH: usize = 200;

/// Some commits of a stream, in order.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// What can be read, up to what cannot.
    pub(crate) commits: Vec<Commit>,
    /// What cannot be read behind them, if that is why the stretch ends.
    pub(crate) unreadable: Option<Unread>,
    /// From which version it goes on; `None` at the end of the stream.
    pub(crate) next: Option<u64>,
}

/// A place of a stream that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// The version of its first event.
    pub(crate) version: u64,
    /// Why, for people.
    pub(crate) reason: String,
}

/// Reads the commits from this version on. A place that cannot be read ends a stretch, and the next one begins behind it.
///
/// # Errors
/// [`ProjectionError::Events`] if the store does not answer.
pub(crate) async fn stretch<S: EventStore>(
    store: &S,
    stream: &StreamId,
    from: u64,
) -> Result<Stretch, ProjectionError> {
    let mut read = Stretch::default();
    let (mut from, mut limit) = (from, STRETCH);
    loop {
        let page = match store.read(stream, from, limit).await {
            Ok(page) => page,
            // One of them cannot be read: which one, they say if they are taken one by one.
            Err(error) if error.is_poison() && limit > 1 => {
                limit = 1;
                continue;
            }
            Err(error) if error.is_poison() => {
                read.unreadable = Some(Unread { version: from, reason: chain(&error) });
                read.next = Some(from.saturating_add(1));
                return Ok(read);
            }
            Err(error) => return Err(ProjectionError::Events(error)),
        };
        let count = page.len();
        for commit in page {
            from = behind(&commit);
            read.commits.push(commit);
        }
        if count < limit {
            return Ok(read);
        }
        if read.commits.len() >= STRETCH {
            read.next = Some(from);
            return Ok(read);
        }
    }
}

/// The first version that a commit does not have; of one whose events cannot be counted, behind its first.
pub(crate) fn behind(commit: &Commit) -> u64 {
    let last: Result<u64, CodecError> = codec::last_version(commit);
    last.unwrap_or(commit.version).saturating_add(1)
}
