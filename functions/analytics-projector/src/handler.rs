//! One batch of the queue. Messages that could not be done come again, each by itself.

use application::ports::Environment;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_kit::Batch;
use read_models::{
    analytics::{AnalyticsProjector, Objects, PROJECTION},
    chain, origins_in,
};

pub(crate) async fn handle<O: Objects>(
    projector: &AnalyticsProjector<O>,
    environment: &impl Environment,
    event: SqsEvent,
) -> SqsBatchResponse {
    let bodies: Vec<&str> =
        event.records.iter().map(|message| message.body.as_deref().unwrap_or_default()).collect();
    let batch = Batch::begin(PROJECTION, environment);
    let results = projector.project(&bodies).await;
    let mut response = SqsBatchResponse::default();
    let (mut unreadable, mut origins) = (0, Vec::new());
    for ((message, body), result) in event.records.iter().zip(&bodies).zip(results) {
        match result {
            Ok(projected) => {
                unreadable += projected.unreadable;
                origins.extend(projected.origins);
            }
            Err(error) => {
                batch.failed(&origins_in(body));
                let id = message.message_id.as_deref().unwrap_or_default();
                tracing::error!(message_id = id, error = chain(&error), "the message will come again");
                response.add_failure(id);
            }
        }
    }
    // An event that cannot be read is a row that says so. It is counted as what other projections park.
    batch.done(&origins, unreadable);
    tracing::info!(
        messages = bodies.len(),
        failed = response.batch_item_failures.len(),
        unreadable,
        "projected"
    );
    response
}
