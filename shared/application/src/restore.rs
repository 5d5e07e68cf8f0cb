//! Puts commits back that somebody has deleted, out of another table of events: a backup, restored beside this one.
//!
//! It only appends, each commit at its own place if nothing is there, and only to a stream of which all that is there is
//! the same. Where something differs, which of the two is right somebody has to say.

use std::collections::HashMap;

use crate::{
    Commit, StreamId,
    ports::{AppendError, EventStore, StoreError},
};

/// How many commits are compared at a time.
const PAGE: usize = 100;

/// What came of the commits of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Versions of commits that were missing; they were put back if nothing differs, unless it was only asked.
    pub missing: Vec<u64>,
    /// Versions at which there is something else, or at which the backup's own hashes break off.
    pub differing: Vec<u64>,
}

/// Why a stream was not gone through to its end.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// One of the stores cannot be read.
    #[error("commits cannot be read")]
    Read(#[from] StoreError),
    /// A commit was not put back.
    #[error("a commit cannot be appended")]
    Append(#[from] AppendError),
}

/// Puts back what one store lacks of a stream of the other; or only says what it lacks.
///
/// Where anything differs, or the backup's own hashes do not follow each other, nothing is put back: what is appended is
/// there for ever.
///
/// # Errors
/// [`RestoreError`] if a store does not answer; what was put back until then stays, and the next run goes on.
pub async fn restore(
    from: &impl EventStore,
    to: &impl EventStore,
    stream: &StreamId,
    is_check: bool,
) -> Result<Restored, RestoreError> {
    let mut restored = compare(from, to, stream).await?;
    if is_check || !restored.differing.is_empty() {
        return Ok(restored);
    }
    for &version in &restored.missing {
        let commit = at(from, stream, version).await?.ok_or_else(|| gap(stream, version))?;
        match to.append(std::slice::from_ref(&commit)).await {
            Ok(()) => {}
            // Somebody else was quicker, perhaps with the same.
            Err(AppendError::Conflict { .. }) if at(to, stream, version).await?.as_ref() == Some(&commit) => {
            }
            Err(AppendError::Conflict { .. }) => restored.differing.push(version),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(restored)
}

async fn compare(
    from: &impl EventStore,
    to: &impl EventStore,
    stream: &StreamId,
) -> Result<Restored, RestoreError> {
    let (mut restored, mut next, mut previous) = (Restored::default(), 1, None);
    loop {
        let page = from.read(stream, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(restored) };
        next = last.version.saturating_add(1);
        let places: Vec<(&StreamId, u64)> = page.iter().map(|commit| (stream, commit.version)).collect();
        let there = to.commits_at(&places).await?;
        let there: HashMap<u64, Commit> = there.into_iter().map(|commit| (commit.version, commit)).collect();
        for commit in page {
            let follows = commit.hash == commit.chain_hash(previous);
            previous = Some(commit.hash);
            match there.get(&commit.version) {
                Some(same) if *same == commit && follows => {}
                None if follows => restored.missing.push(commit.version),
                _ => restored.differing.push(commit.version),
            }
        }
    }
}

/// The commit that begins with this version.
async fn at(store: &impl EventStore, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
    Ok(store.commits_at(&[(stream, version)]).await?.pop())
}

fn gap(stream: &StreamId, version: u64) -> StoreError {
    StoreError::Gap { stream: stream.clone(), version }
}
