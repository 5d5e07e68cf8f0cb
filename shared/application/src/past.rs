//! Finding a point of the past: time increases with the version, so a few looks find it.

use domain::{AccountId, Timestamp};

use crate::{
    Commit, StreamId, codec,
    ports::{EventStore, StoreError, Transaction},
    transactions::transactions,
};

/// How many commits are read at a time.
const PAGE: usize = 500;

/// How many commits one look is at.
const PROBES: u64 = 16;

/// How much farther back each commit of the first look is than the one before.
const STEP: u64 = 4;

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
/// The first look is at commits each of which is four times as far back as the one before, and each other at sixteen,
/// evenly spread over what is left: of 100,000 commits since then, five looks leave one. A look is a single request, and
/// no longer on its way for having several answers; halving would take as many as the logarithm, one after the other.
pub(crate) async fn newest_at<S: EventStore>(
    store: &S,
    newest: Commit,
    at: Timestamp,
) -> Result<Option<Commit>, StoreError> {
    if newest.timestamp <= at {
        return Ok(Some(newest));
    }
    let (stream, mut high) = (newest.stream.clone(), newest.version.saturating_sub(1));
    // All commits before `low` are of that time or earlier, all after `high` are later.
    let (mut found, mut low) = (None::<Commit>, 1);
    let mut versions = steps_back(high);
    while low <= high {
        let places: Vec<_> = versions.iter().map(|version| (&stream, *version)).collect();
        let mut commits = store.commits_at(&places).await?;
        if commits.is_empty() {
            // All of these versions are inside of commits of several events, or lacking.
            let middle = low.midpoint(high);
            let between = store.newest_until(&stream, middle).await?;
            commits.extend(between.filter(|commit| commit.version >= low));
            if commits.is_empty() {
                low = middle.saturating_add(1);
            }
        }
        for commit in commits {
            if commit.timestamp > at {
                high = high.min(commit.version.saturating_sub(1));
            } else if commit.version >= low {
                low = codec::last_version(&commit)?.saturating_add(1);
                found = Some(commit);
            }
        }
        versions = spread(low, high);
    }
    Ok(found)
}

/// Versions from this one back, each much farther than the one before.
fn steps_back(from: u64) -> Vec<u64> {
    let steps = (0..).map_while(|power| STEP.checked_pow(power));
    steps.map_while(|step| from.checked_sub(step - 1)).take_while(|version| *version > 0).collect()
}

/// Versions from one to another, both included: all of them if they are few, else so many, evenly spread.
fn spread(low: u64, high: u64) -> Vec<u64> {
    let length = high.saturating_sub(low).saturating_add(1);
    if length <= PROBES {
        return (low..=high).collect();
    }
    let place = |number: u64| u128::from(length) * u128::from(number) / u128::from(PROBES + 1);
    (1..=PROBES).map(|number| low.saturating_add(u64::try_from(place(number)).unwrap_or(length))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_at_versions_that_there_may_be() {
        assert!(steps_back(0).is_empty());
        assert_eq!(steps_back(1), [1]);
        assert_eq!(steps_back(100), [100, 97, 85, 37]);
        assert_eq!(spread(3, 5), [3, 4, 5]);
        assert!(spread(5, 4).is_empty());
        for (low, high) in [(1, 17), (1, 100), (50, 1_000_000), (1, u64::MAX)] {
            let versions = spread(low, high);
            assert_eq!(versions.len(), 16);
            assert!(versions.is_sorted_by(|one, other| one < other), "{versions:?}");
            assert!(versions[0] >= low && versions[15] <= high, "{versions:?}");
        }
    }
}
