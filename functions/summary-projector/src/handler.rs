//! One batch of the stream. It is done as a whole or comes again as a whole; the accounts that can never be done are
//! parked, so that they hold up nobody else.

use application::{Commit, ports::EventStore};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use read_models::{
    ProjectionError, Unreadable, chain,
    parking::Parking,
    summary::{SummaryProjector, SummaryTable},
};

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

pub(crate) async fn handle<S: EventStore, T: SummaryTable, P: Parking>(
    projector: &SummaryProjector<S, T, P>,
    event: Event,
) -> Result<(), ProjectionError> {
    let records = event.records.len();
    let (commits, unreadable) = read(event);
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

fn read(event: Event) -> (Vec<Commit>, Vec<Unreadable>) {
    let (mut commits, mut unreadable) = (Vec::new(), Vec::new());
    for EventRecord { event_id, event_name, change, .. } in event.records {
        if event_name != INSERT {
            continue;
        }
        match commit_from_image(change.new_image) {
            Ok(commit) => commits.push(commit),
            Err(error) => match Unreadable::at(change.keys, &error) {
                Ok(record) => unreadable.push(record),
                Err(_) => tracing::error!(event_id, "a record names no commit, and is passed over"),
            },
        }
    }
    (commits, unreadable)
}
