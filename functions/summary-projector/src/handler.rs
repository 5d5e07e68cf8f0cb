//! One batch of the stream. It is done as a whole or comes again as a whole; the accounts that can never be done are
//! parked, so that they hold up nobody else.

use application::ports::EventStore;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use read_models::{
    ProjectionError, chain,
    parking::Parking,
    sort_out,
    summary::{SummaryProjector, SummaryTable},
};

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

pub(crate) async fn handle<S: EventStore, T: SummaryTable, P: Parking>(
    projector: &SummaryProjector<S, T, P>,
    event: Event,
) -> Result<(), ProjectionError> {
    let records = event.records.len();
    let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
    let read = inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
    let (commits, unreadable) = sort_out(read);
    projector.park(&unreadable).await?;
    let outcome = projector.project(commits).await.inspect_err(|error| {
        tracing::error!(error = chain(error), "the batch will come again");
    })?;
    tracing::info!(
        records,
        written = outcome.written,
        current = outcome.current,
        parked = outcome.parked,
        "projected"
    );
    Ok(())
}
