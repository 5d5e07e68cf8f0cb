//! One batch of the queue. Messages that could not be done come again, each by itself.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use read_models::{
    ProjectionError, chain,
    history::{HistoryProjector, TransactionIndex},
    parking::Parking,
};

pub(crate) async fn handle<I: TransactionIndex, P: Parking>(
    projector: &HistoryProjector<I, P>,
    event: SqsEvent,
) -> Result<SqsBatchResponse, ProjectionError> {
    let bodies: Vec<&str> =
        event.records.iter().map(|message| message.body.as_deref().unwrap_or_default()).collect();
    let results = projector.project(&bodies).await.inspect_err(|error| {
        tracing::error!(error = chain(error), "the messages will come again");
    })?;
    let mut response = SqsBatchResponse::default();
    for (message, result) in event.records.iter().zip(results) {
        if let Err(error) = result {
            let id = message.message_id.as_deref().unwrap_or_default();
            tracing::error!(message_id = id, error = chain(&error), "the message will come again");
            response.add_failure(id);
        }
    }
    tracing::info!(messages = bodies.len(), failed = response.batch_item_failures.len(), "projected");
    Ok(response)
}
