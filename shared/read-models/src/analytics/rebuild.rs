//! Writes all that is compacted anew, and compacts the rest: for files that are wrong, or are to say more.
//!
//! Each compaction is replaced by another of the same part, which counts in its place from a moment on, as with every
//! compaction. So the view has each event once at every moment, and whoever dies has rebuilt what is behind him.

use application::{
    journal::Position,
    ports::{Environment, EventStore, Journal},
};

use super::{AnalyticsError, Compacted, Compactor, Limits, Objects, Span};
use crate::summary::Written;

/// How often a compaction is begun anew after somebody else was quicker.
const ATTEMPTS_MAX: u32 = 10;

/// The most compactions of what is recent.
const STEPS_MAX: usize = 1_000;

impl<S: EventStore, J: Journal, O: Objects, E: Environment> Compactor<S, J, O, E> {
    /// Writes every compaction anew that reaches beyond a position, and compacts what is in none yet; says after each
    /// that it is done.
    ///
    /// # Errors
    /// [`AnalyticsError`]: whatever counts, counts as before or as it has to from now on.
    pub async fn rebuild(
        &self,
        from: Position,
        mut on: impl FnMut(Span),
    ) -> Result<Compacted, AnalyticsError> {
        let mut compacted = Compacted::default();
        let (compactions, _) = self.compactions().await?;
        for span in compactions.spans().into_iter().filter(|span| span.until > from) {
            self.rewrite(span, &mut compacted).await?;
            on(span);
        }
        let all = Limits { least: 1, ..self.limits };
        for _ in 0..STEPS_MAX {
            if !self.step(all, &mut compacted).await? {
                break;
            }
        }
        Ok(compacted)
    }

    async fn rewrite(&self, span: Span, compacted: &mut Compacted) -> Result<(), AnalyticsError> {
        for _ in 0..ATTEMPTS_MAX {
            let (mut compactions, seen) = self.compactions().await?;
            // Joined with others meanwhile, it was written anew just now.
            if !compactions.spans().contains(&span) {
                return Ok(());
            }
            let name = self.environment.new_id().to_string();
            let (_, files) = self.write(span, &name).await?;
            compactions.replace(span, &name, self.environment.now());
            if self.publish(&compactions, seen.as_ref()).await? == Written::Done {
                compacted.compactions += 1;
                compacted.positions += span.len();
                compacted.files += files;
                return Ok(());
            }
        }
        Err(AnalyticsError::Contended)
    }
}
