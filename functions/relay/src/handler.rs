//! One batch of the stream, in the relay's terms.

use application::{
    journal::Outbox,
    ports::{Environment, EventStore, Journal, Projection},
};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use lambda_kit::metrics::ProjectionMetrics;
use read_models::{
    chain, newest_recorded_at,
    parking::Parking,
    relay::{Relay, RelayError, Relayed},
    sort_out,
};

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

pub(crate) async fn handle<S, J, E, O, P>(
    relay: &Relay<S, J, E, O, P>,
    environment: &impl Environment,
    event: Event,
) -> Result<(), RelayError<O::Error>>
where
    S: EventStore + Clone,
    J: Journal + Clone,
    E: Environment,
    O: Outbox,
    P: Parking,
{
    let records = event.records.len();
    let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
    let read = inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
    let (commits, unreadable) = sort_out(read);
    let newest_recorded_at = newest_recorded_at(&commits);
    let Relayed { journaled, blocks, parked } =
        relay.relay(commits, &unreadable).await.inspect_err(|error| {
            tracing::error!(error = chain(error), "the batch will come again");
        })?;
    let projection = Projection::Journal;
    ProjectionMetrics { projection, parked, newest_recorded_at }.log(environment.now());
    tracing::info!(records, journaled, blocks, parked, "relayed");
    Ok(())
}
