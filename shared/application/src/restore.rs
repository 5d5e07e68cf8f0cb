//! Puts commits back that somebody has deleted, out of another table of events: a backup, restored beside this one.
//!
//! It only appends, each commit at its own place if nothing is there. What is there stays as it is, also if it differs:
//! which of the two is right, somebody has to say.

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
    /// Versions of commits that were missing, and that were put back unless it was only asked.
    pub missing: Vec<u64>,
    /// Versions at which there is something else.
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
/// # Errors
/// [`RestoreError`] if a store does not answer; what was put back until then stays, and the next run goes on.
pub async fn restore(
    from: &impl EventStore,
    to: &impl EventStore,
    stream: &StreamId,
    is_check: bool,
) -> Result<Restored, RestoreError> {
    let (mut restored, mut next) = (Restored::default(), 1);
    loop {
        let page = from.read(stream, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(restored) };
        next = last.version.saturating_add(1);
        let places: Vec<(&StreamId, u64)> = page.iter().map(|commit| (stream, commit.version)).collect();
        let there = to.commits_at(&places).await?;
        let there: HashMap<u64, Commit> = there.into_iter().map(|commit| (commit.version, commit)).collect();
        for commit in page {
            let version = commit.version;
            match there.get(&version) {
                Some(same) if *same == commit => {}
                Some(_) => restored.differing.push(version),
                None if is_check => restored.missing.push(version),
                None => match to.append(&[commit]).await {
                    Ok(()) => restored.missing.push(version),
                    // Somebody else was quicker.
                    Err(AppendError::Conflict { .. }) => restored.differing.push(version),
                    Err(error) => return Err(error.into()),
                },
            }
        }
    }
}
