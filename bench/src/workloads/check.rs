//! What a table holds in the end: streams without gaps, each commit chained to the one before, and of commits exactly those
//! that were acknowledged.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, ensure};
use application::{
    Commit, StreamId,
    ports::{Segment, SegmentedStore},
};

const PAGE: usize = 1_000;
const WHOLE: Segment = Segment { number: 0, of: 1 };

/// All commits of a table.
pub async fn stored<S: SegmentedStore>(store: &S) -> Result<Vec<Commit>> {
    let (mut commits, mut after) = (Vec::new(), None);
    loop {
        let page = store.segment(WHOLE, after.as_deref(), PAGE).await?;
        ensure!(page.unreadable == 0, "{} items are no commits", page.unreadable);
        commits.extend(page.commits);
        after = page.next;
        if after.is_none() {
            return Ok(commits);
        }
    }
}

/// Holds what is stored against what was acknowledged. Returns how many streams there are.
pub fn check(stored: &[Commit], acknowledged: &[Commit]) -> Result<usize> {
    let mut streams: HashMap<&StreamId, BTreeMap<u64, &Commit>> = HashMap::new();
    for commit in stored {
        streams.entry(&commit.stream).or_default().insert(commit.version, commit);
    }
    for commit in acknowledged {
        let Commit { stream, version, .. } = commit;
        let found = streams.get(stream).and_then(|commits| commits.get(version));
        ensure!(found == Some(&commit), "{stream} has lost what was acknowledged at version {version}");
    }
    ensure!(
        stored.len() == acknowledged.len(),
        "{} commits are stored, {} were acknowledged",
        stored.len(),
        acknowledged.len()
    );
    for (stream, commits) in &streams {
        let mut previous = None;
        for ((version, commit), expected) in commits.iter().zip(1..) {
            ensure!(*version == expected, "{stream} has no version {expected}");
            ensure!(commit.hash == commit.chain_hash(previous), "{stream} is not chained at {version}");
            previous = Some(commit.hash);
        }
    }
    Ok(streams.len())
}

#[cfg(test)]
mod tests {
    use application::Stream;

    use super::{
        super::payload::{Payload, Payloads},
        *,
    };
    use crate::variants::next;

    /// A stream of so many commits, as [`Stream::at`] would go from one to the next.
    fn commits(count: u64) -> Vec<Commit> {
        let mut stream = Stream::<Payloads> {
            id: StreamId::stored("stream-1".to_owned()),
            version: 0,
            state: None,
            newest: None,
        };
        let mut commits = Vec::new();
        for version in 1..=count {
            let commit = next(&stream, &Payload(8)).unwrap();
            let id = stream.id.clone();
            stream = Stream { id, version, state: None, newest: Some(commit.clone()) };
            commits.push(commit);
        }
        commits
    }

    fn says(stored: &[Commit], acknowledged: &[Commit]) -> String {
        check(stored, acknowledged).map_or_else(|error| error.to_string(), |streams| streams.to_string())
    }

    #[test]
    fn what_is_lost_changed_or_never_acknowledged_is_found() {
        let all = commits(3);
        assert_eq!(says(&all, &all), "1");
        assert_eq!(says(&all[..2], &all), "stream-1 has lost what was acknowledged at version 3");
        assert_eq!(says(&all, &all[..2]), "3 commits are stored, 2 were acknowledged");
        let gap = [all[0].clone(), all[2].clone()];
        assert_eq!(says(&gap, &gap), "stream-1 has no version 2");
        let mut changed = all.clone();
        changed[1].events = "[]".to_owned();
        assert_eq!(says(&changed, &all), "stream-1 has lost what was acknowledged at version 2");
        assert_eq!(says(&changed, &changed), "stream-1 is not chained at 2");
    }
}
