//! One batch of the queue. Messages that could not be done come again, each by itself.

use application::ports::Environment;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_kit::Batch;
use read_models::{
    ProjectionError, chain,
    generations::{GenerationCatalog, Generational, LiveHistoryProjector},
    history::{PROJECTION, TransactionIndex},
    origins_in,
    parking::Parking,
};

pub(crate) async fn handle<I, P, G>(
    projector: &LiveHistoryProjector<I, P, G>,
    environment: &impl Environment,
    event: SqsEvent,
) -> Result<SqsBatchResponse, ProjectionError>
where
    I: TransactionIndex + Generational,
    P: Parking + Clone,
    G: GenerationCatalog,
{
    let bodies: Vec<&str> =
        event.records.iter().map(|message| message.body.as_deref().unwrap_or_default()).collect();
    let projection = PROJECTION.to_string();
    let batch = Batch::begin(&projection, environment);
    let results = projector.project(&bodies).await.inspect_err(|error| {
        bodies.iter().for_each(|body| batch.failed(&origins_in(body)));
        tracing::error!(error = chain(error), "the messages will come again");
    })?;
    let mut response = SqsBatchResponse::default();
    let (mut parked, mut origins) = (0, Vec::new());
    for ((message, body), result) in event.records.iter().zip(&bodies).zip(results) {
        match result {
            Ok(delivered) => {
                parked += delivered.parked;
                origins.extend(delivered.origins);
            }
            Err(error) => {
                batch.failed(&origins_in(body));
                let id = message.message_id.as_deref().unwrap_or_default();
                tracing::error!(message_id = id, error = chain(&error), "the message will come again");
                response.add_failure(id);
            }
        }
    }
    batch.done(&origins, parked);
    tracing::info!(messages = bodies.len(), failed = response.batch_item_failures.len(), "projected");
    Ok(response)
}
