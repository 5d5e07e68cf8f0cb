//! One batch of the stream. It is done as a whole or comes again as a whole; the accounts that can never be done are
//! parked, so that they hold up nobody else.

use application::ports::{Environment, EventStore};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use lambda_kit::Batch;
use read_models::{
    ProjectionError,
    cache::SummaryCache,
    chain,
    generations::{GenerationCatalog, Generational, LiveSummaryProjector},
    origins,
    parking::Parking,
    sort_out,
    summary::{PROJECTION, SummaryTable},
};

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

pub(crate) async fn handle<S, T, C, P, G>(
    projector: &LiveSummaryProjector<S, T, C, P, G>,
    environment: &impl Environment,
    event: Event,
) -> Result<(), ProjectionError>
where
    S: EventStore + Clone,
    T: SummaryTable + Generational,
    C: SummaryCache + Clone,
    P: Parking + Clone,
    G: GenerationCatalog,
{
    let records = event.records.len();
    let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
    let read = inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
    let (commits, unreadable) = sort_out(read);
    let (origins, projection) = (origins(&commits), PROJECTION.to_string());
    let batch = Batch::begin(&projection, environment);
    let outcome = match projector.project(commits, &unreadable).await {
        Ok(outcome) => outcome,
        Err(error) => {
            batch.failed(&origins);
            tracing::error!(error = chain(&error), "the batch will come again");
            return Err(error);
        }
    };
    let parked = outcome.parked + unreadable.len();
    batch.done(&origins, parked);
    tracing::info!(records, written = outcome.written, current = outcome.current, parked, "projected");
    Ok(())
}
