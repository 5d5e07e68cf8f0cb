//! What came of a command, found again from its record.

use uuid::Uuid;

use crate::{
    CommandRecord, Commit, Outcome, Refusal, Span, StreamId, codec,
    commands::Receipt,
    past::newest_at,
    ports::{EventStore, StoreError},
};

/// The most that the clocks of two functions may differ. The platform keeps them within milliseconds.
pub(crate) const CLOCK_SKEW_SECONDS_MAX: i64 = 5;

/// How many commits a search reads at a time.
const PAGE: usize = 50;

/// What came of a command: its receipt, or why it has no effect.
pub(crate) type Decided = Result<Receipt, Refusal>;

/// What came of the command of this record; `None` as long as nothing has.
pub(crate) async fn outcome<S: EventStore>(
    store: &S,
    record: &CommandRecord,
) -> Result<Option<Decided>, StoreError> {
    match (&record.outcome, &record.account_id) {
        (Some(Outcome::Refused(refusal)), _) => Ok(Some(Err(refusal.clone()))),
        (Some(Outcome::Succeeded(references)), _) => {
            let mut commits = Vec::new();
            for reference in references {
                let stream = reference.stream_id();
                let found = store.newest_until(&stream, reference.version).await?;
                let found = found.filter(|commit| commit.version == reference.version);
                commits.push(found.ok_or(StoreError::Gap { stream, version: reference.version })?);
            }
            Ok(Some(Ok(Receipt::of(store, &commits).await?)))
        }
        (None, Some(account_id)) => {
            let newest = store.newest(&StreamId::account(account_id)).await?;
            let Some(commit) = commit_of(store, record, newest).await? else { return Ok(None) };
            Ok(Some(Ok(Receipt::of(store, &[commit]).await?)))
        }
        (None, None) => Ok(None),
    }
}

/// The commit of a command on one stream, searched from the stream's newest: in each span in which somebody was at the
/// command, the latest first.
pub(crate) async fn commit_of<S: EventStore>(
    store: &S,
    record: &CommandRecord,
    newest: Option<Commit>,
) -> Result<Option<Commit>, StoreError> {
    let Some(newest) = newest else { return Ok(None) };
    if was_made_by(&newest, record.command_id)? {
        return Ok(Some(newest));
    }
    for span in record.spans().into_iter().rev() {
        if let Some(found) = commit_in(store, record.command_id, span, newest.clone()).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// No commit of a try is older than the try, nor recorded after it had ended, but for clocks that differ.
async fn commit_in<S: EventStore>(
    store: &S,
    command_id: Uuid,
    span: Span,
    newest: Commit,
) -> Result<Option<Commit>, StoreError> {
    let stream = newest.stream.clone();
    let before = newest_at(store, newest, span.from.plus_seconds(-CLOCK_SKEW_SECONDS_MAX)).await?;
    let until = span.until.plus_seconds(2 * CLOCK_SKEW_SECONDS_MAX);
    let mut from = before.map_or(Ok(1), |commit| codec::last_version(&commit).map(|last| last + 1))?;
    loop {
        let page = store.read(&stream, from, PAGE).await?;
        for commit in &page {
            let metadata = codec::metadata(commit)?;
            if metadata.command_id == command_id {
                return Ok(Some(commit.clone()));
            }
            if metadata.recorded_at > until {
                return Ok(None);
            }
            from = codec::last_version(commit)?.saturating_add(1);
        }
        if page.len() < PAGE {
            return Ok(None);
        }
    }
}

/// Whether this commit was made by that command.
pub(crate) fn was_made_by(commit: &Commit, command_id: Uuid) -> Result<bool, codec::CodecError> {
    Ok(codec::metadata(commit)?.command_id == command_id)
}
