//! Writes the rows of queued blocks: one file a block and date, which a duplicate writes over with the same bytes.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use application::Origin;
use futures::future::{join_all, try_join_all};

use super::{AnalyticsError, Compactions, Layout, Objects, RECENT, Row, file, rows};
use crate::{CommitMessage, origins};

/// The name of the projection.
pub const PROJECTION: &str = "analytics";

/// The projection of journal blocks into files of rows.
#[derive(Debug)]
pub struct AnalyticsProjector<O> {
    objects: O,
    layout: Layout,
    /// Whether there is known to be a list of compactions, without which no row counts.
    has_list: AtomicBool,
}

/// What a message came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projected {
    /// Events that this build cannot read: they are rows without money.
    pub unreadable: usize,
    /// Where its commits come from.
    pub origins: Vec<Origin>,
}

impl<O: Objects> AnalyticsProjector<O> {
    /// The projection into these objects.
    pub fn new(objects: O, layout: Layout) -> Self {
        Self { objects, layout, has_list: AtomicBool::new(false) }
    }

    /// Writes the rows of these message bodies; for each in order, whether it is done with.
    pub async fn project(&self, bodies: &[&str]) -> Vec<Result<Projected, AnalyticsError>> {
        join_all(bodies.iter().map(|body| self.project_one(body))).await
    }

    async fn project_one(&self, body: &str) -> Result<Projected, AnalyticsError> {
        let message = CommitMessage::parse(body)?;
        let first = message.position.ok_or(AnalyticsError::NoPosition)?;
        let commits = message.into_commits()?;
        let origins = origins(&commits);
        let (mut dates, mut unreadable) = (BTreeMap::<String, Vec<Row>>::new(), 0);
        for (position, commit) in (first..).zip(&commits) {
            for row in rows(position, commit)? {
                if let Some(reason) = &row.unreadable {
                    tracing::error!(
                        stream = row.stream,
                        version = row.version,
                        reason,
                        "a row without money"
                    );
                    unreadable += 1;
                }
                dates.entry(row.date()).or_default().push(row);
            }
        }
        self.ensure_list().await?;
        try_join_all(dates.iter().map(async |(date, rows)| {
            let bytes = file(RECENT, rows)?;
            Ok::<_, AnalyticsError>(self.objects.put(&self.layout.recent(date, first), bytes).await?)
        }))
        .await?;
        Ok(Projected { unreadable, origins })
    }

    /// Makes the list if there is none: until then, no query would count what is recent.
    async fn ensure_list(&self) -> Result<(), AnalyticsError> {
        if !self.has_list.load(Ordering::Relaxed) {
            let list = Compactions::none().write()?;
            self.objects.put_if(&self.layout.compactions(), list, None).await?;
            self.has_list.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
