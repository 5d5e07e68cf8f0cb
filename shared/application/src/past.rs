//! Finding a point of the past: time increases with the version, so halving finds it.

use domain::Timestamp;

use crate::{
    Commit, codec,
    ports::{EventStore, StoreError},
};

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
