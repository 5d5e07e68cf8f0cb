//! Finding a point of the past: time increases with the version, so halving finds it.

use domain::{AccountId, Timestamp};

use crate::{
    Commit, StreamId, codec,
    ports::{EventStore, StoreError, Transaction},
    transactions::transactions,
};

/// How many commits are read at a time.
const PAGE: usize = 500;

/// The versions of an account in a period, both ends included: those after the first of the two, up to the second.
///
/// # Errors
/// [`StoreError`].
pub async fn versions_in<S: EventStore>(
    store: &S,
    account_id: &AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<(u64, u64), StoreError> {
    let Some(newest) = store.newest(&StreamId::account(account_id)).await? else { return Ok((0, 0)) };
    let Some(last) = newest_at(store, newest, to).await? else { return Ok((0, 0)) };
    let until = codec::last_version(&last)?;
    let before = newest_at(store, last, just_before(from)).await?;
    Ok((before.map(|commit| codec::last_version(&commit)).transpose()?.unwrap_or_default(), until))
}

/// A microsecond earlier: no two commits of a stream are nearer.
pub(crate) fn just_before(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_sub(1)).unwrap_or(time)
}

/// The transactions among an account's events after one version up to another, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn transactions_between<S: EventStore>(
    store: &S,
    account_id: &AccountId,
    after: u64,
    last: u64,
) -> Result<Vec<Transaction>, StoreError> {
    let (id, mut after, mut all) = (StreamId::account(account_id), after, Vec::new());
    while after < last {
        let from = after.saturating_add(1);
        let mut commits = store.read(&id, from, PAGE).await?;
        if commits.first().is_none_or(|first| first.version != from) {
            // The version is inside of a commit of several events.
            commits.splice(..0, store.newest_until(&id, from).await?);
        }
        let read = after;
        for commit in &commits {
            after = after.max(codec::last_version(commit)?);
            let here = transactions(commit).map_err(|error| StoreError::Unreadable(error.into()))?;
            all.extend(here.into_iter().filter(|one| one.version >= from && one.version <= last));
        }
        if after == read {
            return Err(StoreError::Gap { stream: id, version: from });
        }
    }
    Ok(all)
}

/// The newest commit of a stream at a time, found from its newest of all.
///
/// Steps back twice as far each time and halves then, so that it reads as often as the logarithm of what has happened
/// since, however long the history before.
pub(crate) async fn newest_at<S: EventStore>(
    store: &S,
    newest: Commit,
    at: Timestamp,
) -> Result<Option<Commit>, StoreError> {
    if newest.timestamp <= at {
        return Ok(Some(newest));
    }
    let (stream, mut high, mut step) = (newest.stream.clone(), newest.version.saturating_sub(1), 1);
    // Until `low` there are only commits at that time or before; above `high` there are none.
    let (mut found, mut low) = (None, 1);
    while low <= high {
        let probe = high.saturating_sub(step).max(low);
        step = step.saturating_mul(2);
        let Some(commit) = store.newest_until(&stream, probe).await? else { break };
        if commit.timestamp <= at {
            low = codec::last_version(&commit)?.max(probe).saturating_add(1);
            found = Some(commit);
            break;
        }
        high = commit.version.saturating_sub(1);
    }
    while low <= high {
        let middle = low.midpoint(high);
        let Some(commit) = store.newest_until(&stream, middle).await? else { break };
        if commit.timestamp <= at {
            low = codec::last_version(&commit)?.max(middle).saturating_add(1);
            found = Some(commit);
        } else {
            high = commit.version.saturating_sub(1);
        }
    }
    Ok(found)
}
