//! Whether what was stored and what the clients were told can be true together.
//!
//! Each check goes once over the commits in the order of their versions, or over the commands: n log n, as in Jepsen's
//! test of `TigerBeetle`, instead of a search for an order that explains everything.

mod effects;
mod money;
mod order;
mod refusals;
mod streams;
mod told;

use std::collections::BTreeMap;

use application::{Commit, StreamId, codec};
use uuid::Uuid;

pub use told::{Told, ToldOfAccount};

use crate::history::{Entry, Micros};

/// When each commit came in: at some time between these two.
pub type Arrivals = BTreeMap<(StreamId, u64), (Micros, Micros)>;

/// What is stored, sorted for the checks.
struct Stored<'a> {
    /// Each stream's commits in order.
    streams: BTreeMap<&'a StreamId, Vec<&'a Commit>>,
    /// Each command's commits.
    by_command: BTreeMap<Uuid, Vec<&'a Commit>>,
}

/// All that is wrong, in words.
#[must_use]
pub fn check<A: Told>(entries: &[Entry<A>], commits: &[Commit], arrivals: &Arrivals) -> Vec<String> {
    let mut stored = Stored { streams: BTreeMap::new(), by_command: BTreeMap::new() };
    for commit in commits {
        stored.streams.entry(&commit.stream).or_default().push(commit);
        match codec::metadata(commit) {
            Ok(metadata) => stored.by_command.entry(metadata.command_id).or_default().push(commit),
            Err(error) => return vec![format!("{} {}: {error}", commit.stream, commit.version)],
        }
    }
    let mut violations = streams::check(&stored);
    // What cannot be read cannot be looked at more closely.
    if violations.is_empty() {
        violations.extend(effects::check(entries, &stored));
        violations.extend(money::check(entries, &stored));
        violations.extend(order::check(entries, &stored));
        violations.extend(refusals::check(entries, &stored, arrivals));
    }
    violations
}
