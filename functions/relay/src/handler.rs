//! One batch of the stream, in the relay's terms.

use application::{
    journal::Outbox,
    ports::{Environment, EventStore, Journal, Projection},
};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use lambda_kit::Batch;
use read_models::{
    chain, origins,
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
    S: EventStore,
    J: Journal,
    E: Environment,
    O: Outbox,
    P: Parking,
{
    let records = event.records.len();
    let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
    let read = inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
    let (commits, unreadable) = sort_out(read);
    let (origins, projection) = (origins(&commits), Projection::Journal.to_string());
    let batch = Batch::begin(&projection, environment);
    let Relayed { journaled, blocks, parked } = match relay.relay(commits, &unreadable).await {
        Ok(relayed) => relayed,
        Err(error) => {
            batch.failed(&origins);
            tracing::error!(error = chain(&error), "the batch will come again");
            return Err(error);
        }
    };
    batch.done(&origins, parked);
    tracing::info!(records, journaled, blocks, parked, "relayed");
    Ok(())
}
