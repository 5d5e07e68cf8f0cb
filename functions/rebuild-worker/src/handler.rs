//! One task at a time. What is not done in time goes on as a task of its own; what failed comes again as it is.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{InvalidTimestamp, Timestamp};
use read_models::{
    ProjectionError, chain,
    rebuild::{Task, Tasks as _, Worked},
};

use crate::DeployedWorker;

/// How long a page takes at the most, with the note of it. The function's time-out has to be longer than this.
const PAGE_SECONDS: i64 = 20;

pub(crate) async fn handle(
    worker: &DeployedWorker,
    event: SqsEvent,
    deadline_ms: u64,
) -> Result<SqsBatchResponse, InvalidTimestamp> {
    let deadline_micros = i64::try_from(deadline_ms).unwrap_or_default().saturating_mul(1_000);
    let until = Timestamp::from_micros(deadline_micros)?.plus_seconds(-PAGE_SECONDS);
    let mut response = SqsBatchResponse::default();
    for message in &event.records {
        if !work(worker, message, until).await {
            response.add_failure(message.message_id.as_deref().unwrap_or_default());
        }
    }
    Ok(response)
}

/// Whether the message is done with.
async fn work(worker: &DeployedWorker, message: &SqsMessage, until: Timestamp) -> bool {
    let task: Task = match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
        Ok(task) => task,
        Err(error) => {
            tracing::error!(error = chain(&error), "a message is no task, and goes to the dead-letter queue");
            return false;
        }
    };
    let Task { projection, rebuild, segment } = task;
    let worked = match worker.work(task, until).await {
        Ok(Worked::More) => {
            worker.tasks.send(&[task]).await.map_err(ProjectionError::from).map(|()| Worked::More)
        }
        other => other,
    };
    match worked {
        Ok(Worked::Done | Worked::More) => {
            tracing::info!(%projection, %rebuild, segment, "worked at a rebuild");
            true
        }
        // Whoever works at it may yet fail: this message stays until the segment is done.
        Ok(Worked::Overtaken) => false,
        Err(error) => {
            tracing::error!(%projection, %rebuild, segment, error = chain(&error), "the task will come again");
            false
        }
    }
}
