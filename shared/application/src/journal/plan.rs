//! What comes next: of each stream the commits that follow on what is journaled, without a gap.

use std::collections::BTreeMap;

use domain::Timestamp;

use super::{
    BLOCK_BYTES_MAX, BLOCK_COMMITS_MAX, Entry, PART_BYTES_MAX, Stuck, ends::Ends, fitting, json_bytes,
};
use crate::{
    Commit, StreamId, codec,
    ports::{EventStore, StoreError},
};

/// How many commits are read at a time where the batch has none, and the most that one stream adds at a time.
const PAGE: usize = 100;

/// Commits by version.
pub(super) type Commits = BTreeMap<u64, Commit>;

/// The commits that may be journaled next, and the streams that cannot go on.
#[derive(Default)]
pub(super) struct Plan {
    commits: Vec<(Timestamp, Commit)>,
    pub(super) stuck: Vec<Stuck>,
    /// Whether there is more of some stream than was taken.
    pub(super) has_more: bool,
}

impl Plan {
    /// What follows on these streams' ends, up to the newest of each that the batch knows.
    pub(super) async fn of<S: EventStore>(
        store: &S,
        batch: &BTreeMap<StreamId, Commits>,
        ends: &Ends,
    ) -> Result<Self, StoreError> {
        let mut plan = Self::default();
        for (stream, commits) in batch {
            plan.add(store, stream, commits, ends.of(stream).unwrap_or_default()).await?;
        }
        Ok(plan)
    }

    /// The commits by time, which puts the legs of a transfer side by side, and each stream's by version.
    pub(super) fn commits(&mut self) -> Vec<Commit> {
        let mut commits = std::mem::take(&mut self.commits);
        commits.sort_by(|(at, one), (other_at, other)| {
            (at, &one.stream, one.version).cmp(&(other_at, &other.stream, other.version))
        });
        commits.into_iter().map(|(_, commit)| commit).collect()
    }

    async fn add<S: EventStore>(
        &mut self,
        store: &S,
        stream: &StreamId,
        commits: &Commits,
        journaled: u64,
    ) -> Result<(), StoreError> {
        let newest = commits.keys().next_back().copied().unwrap_or_default();
        let (mut next, mut taken, mut at) = (journaled.saturating_add(1), 0, None::<Timestamp>);
        while next <= newest {
            if taken >= PAGE {
                self.has_more = true;
                return Ok(());
            }
            let page = match commits.get(&next) {
                Some(commit) => Ok(vec![commit.clone()]),
                None => missing(store, stream, next).await,
            };
            let page = match page {
                Ok(page) => page,
                Err(error) if error.is_poison() => {
                    self.stuck.push(Stuck { stream: stream.clone(), version: next, reason: Box::new(error) });
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            for commit in page.into_iter().take_while(|commit| commit.version <= newest) {
                if commit.version != next {
                    let error = StoreError::Gap { stream: stream.clone(), version: next };
                    self.stuck.push(Stuck { stream: stream.clone(), version: next, reason: Box::new(error) });
                    return Ok(());
                }
                match last_version(&commit) {
                    Ok(last) => next = last.saturating_add(1),
                    Err(error) => {
                        self.stuck.push(Stuck {
                            stream: stream.clone(),
                            version: next,
                            reason: Box::new(error),
                        });
                        return Ok(());
                    }
                }
                taken += 1;
                // Time increases in a stream; but nothing here may depend on nobody having tampered with it.
                let latest = at.map_or(commit.timestamp, |at| at.max(commit.timestamp));
                at = Some(latest);
                self.commits.push((latest, commit));
            }
        }
        Ok(())
    }
}

/// The version of a commit's last event, if the commit can be journaled.
fn last_version(commit: &Commit) -> Result<u64, StoreError> {
    let bytes = json_bytes(commit);
    if bytes > PART_BYTES_MAX {
        return Err(StoreError::Unreadable(format!("{bytes} bytes are too long for a message").into()));
    }
    Ok(codec::last_version(commit)?)
}

/// Commits from this version on, at least one. What can be read before an unreadable one still is.
async fn missing<S: EventStore>(store: &S, stream: &StreamId, from: u64) -> Result<Vec<Commit>, StoreError> {
    let page = match store.read(stream, from, PAGE).await {
        Err(StoreError::Unreadable(_)) => store.read(stream, from, 1).await?,
        page => page?,
    };
    if page.is_empty() { Err(StoreError::Gap { stream: stream.clone(), version: from }) } else { Ok(page) }
}

/// Cuts planned commits to what one block holds; the rest stays in `commits`.
pub(super) fn next_block(commits: &mut Vec<Commit>) -> Vec<Commit> {
    let rest = commits.split_off(fitting(commits, BLOCK_COMMITS_MAX, BLOCK_BYTES_MAX));
    std::mem::replace(commits, rest)
}

/// The places of commits.
pub(super) fn entries(commits: &[Commit]) -> Result<Vec<Entry>, StoreError> {
    let entry = |commit: &Commit| {
        let (stream, version) = (commit.stream.clone(), commit.version);
        Ok(Entry { stream, version, last_version: codec::last_version(commit)? })
    };
    commits.iter().map(entry).collect()
}
