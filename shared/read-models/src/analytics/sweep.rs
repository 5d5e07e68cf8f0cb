//! Takes away the files that count no more, and never one that may yet count.
//!
//! A compacted file that no entry names either counts no more, or was written by somebody who has not published it. If
//! it is older than the list, the list was written after whoever wrote the file had read an earlier one: their
//! publication will fail. A recent file goes once no entry asks for its block; a message that comes so late writes it
//! again, which does no harm, and it goes the next time.

use std::collections::BTreeSet;

use application::ports::{Environment, EventStore, Journal};

use super::{AnalyticsError, Compactions, Compactor, Listed, Objects, layout::name, objects::DELETED_MAX};

/// How much older than the list a file has to be: more than the clocks of one store differ.
const OLDER_SECONDS: i64 = 60;

/// The most lists of files in one run; the next goes on.
const LISTS_MAX: usize = 1_000;

impl<S: EventStore, J: Journal, O: Objects, E: Environment> Compactor<S, J, O, E> {
    /// Takes them away, and says how many.
    pub(super) async fn sweep(&self) -> Result<usize, AnalyticsError> {
        let Some(list) = self.objects.get(&self.layout.compactions()).await? else { return Ok(0) };
        let (compactions, written_at) = (Compactions::read(list.bytes)?, list.modified_at);
        let named: BTreeSet<&str> = compactions.all().iter().map(|entry| entry.compaction.as_str()).collect();
        let compacted = self
            .remove(&self.layout.all_compacted(), |file| {
                let is_named = name(&file.key).is_none_or(|name| named.contains(name));
                !is_named && file.modified_at.plus_seconds(OLDER_SECONDS) < written_at
            })
            .await?;
        let from = compactions.recent_from();
        let recent = self
            .remove(&self.layout.all_recent(), |file| {
                name(&file.key).and_then(|name| name.parse().ok()).is_some_and(|first: u64| first < from)
            })
            .await?;
        Ok(compacted + recent)
    }

    async fn remove(&self, prefix: &str, is_over: impl Fn(&Listed) -> bool) -> Result<usize, AnalyticsError> {
        let (mut after, mut count) = (None::<String>, 0);
        for _ in 0..LISTS_MAX {
            let listed = self.objects.list(prefix, after.as_deref()).await?;
            let Some(last) = listed.last() else { break };
            after = Some(last.key.clone());
            let over: Vec<String> = listed.into_iter().filter(&is_over).map(|file| file.key).collect();
            for keys in over.chunks(DELETED_MAX) {
                self.objects.delete(keys).await?;
                count += keys.len();
            }
        }
        Ok(count)
    }
}
