//! Real time: what was answered before something else was asked comes before it in every stream that both changed.

use std::collections::BTreeMap;

use application::codec;
use uuid::Uuid;

use super::{Stored, effects::name};
use crate::history::Entry;

pub(super) fn check<A>(entries: &[Entry<A>], stored: &Stored<'_>) -> Vec<String> {
    let by_id: BTreeMap<Uuid, &Entry<A>> = entries.iter().map(|entry| (entry.command.id, entry)).collect();
    let mut violations = Vec::new();
    for (stream, commits) in &stored.streams {
        // Of all that stand before, the one that was asked for last.
        let mut last: Option<(&Entry<A>, i64)> = None;
        for commit in commits {
            let command = codec::metadata(commit).map(|metadata| metadata.command_id);
            let Some(entry) = command.ok().and_then(|command| by_id.get(&command)) else { continue };
            if let (Some(answered), Some((earlier, sent))) = (entry.answered, last)
                && sent > answered
            {
                let (first, second) = (name(earlier), name(entry));
                violations.push(format!(
                    "{stream}: {first} was asked after {second} had its answer, but stands before"
                ));
            }
            if let Some(sent) = entry.sent
                && last.is_none_or(|(_, latest)| sent > latest)
            {
                last = Some((entry, sent));
            }
        }
    }
    violations
}
