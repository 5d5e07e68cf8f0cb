//! Each stream by itself: no version is missing or double, time increases, the chain holds, and each state is what the
//! events say.

use application::{
    Commit,
    codec::{self, Accounts, Aggregate, Holders},
};

use super::Stored;

pub(super) fn check(stored: &Stored<'_>) -> Vec<String> {
    let wrong = stored.streams.iter().filter_map(|(id, commits)| {
        let result = match id.account_id() {
            Some(_) => fold::<Accounts>(commits),
            None => fold::<Holders>(commits),
        };
        result.err().map(|what| format!("{id}: {what}"))
    });
    wrong.collect()
}

fn fold<A: Aggregate>(commits: &[&Commit]) -> Result<(), String> {
    let (mut state, mut previous, mut next) = (None, None::<&Commit>, 1);
    for commit in commits {
        let version = commit.version;
        if version != next {
            return Err(format!("version {version} stands where {next} should"));
        }
        if previous.is_some_and(|previous| previous.timestamp >= commit.timestamp) {
            return Err(format!("version {version} is not later than the one before"));
        }
        if commit.hash != commit.chain_hash(previous.map(|previous| previous.hash)) {
            return Err(format!("version {version} does not follow by its hash"));
        }
        for recorded in codec::events::<A>(commit).map_err(|error| format!("version {version}: {error}"))? {
            let evolved = A::evolve(state, &recorded.event, recorded.timestamp);
            state = Some(evolved.map_err(|error| format!("version {version}: {error}"))?);
            next = recorded.version + 1;
        }
        if state.as_ref().and_then(|state| codec::state_text::<A>(state).ok()).as_ref() != Some(&commit.state)
        {
            return Err(format!("the state at version {version} is not what the events say"));
        }
        previous = Some(commit);
    }
    Ok(())
}
