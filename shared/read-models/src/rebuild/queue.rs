//! Tasks as messages of a queue of SQS.

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};

use super::{Task, TaskError, Tasks};

/// The most messages in one request.
const BATCH_MAX: usize = 10;

/// Tasks on their way through one queue.
#[derive(Clone, Debug)]
pub struct SqsTasks {
    client: Client,
    url: String,
}

impl SqsTasks {
    /// The queue at this URL.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

impl Tasks for SqsTasks {
    async fn send(&self, tasks: &[Task]) -> Result<(), TaskError> {
        for batch in tasks.chunks(BATCH_MAX) {
            let mut request = self.client.send_message_batch().queue_url(&self.url);
            for task in batch {
                let entry = SendMessageBatchRequestEntry::builder().id(task.segment.to_string());
                request = request.entries(entry.message_body(body(task)?).build().map_err(failed)?);
            }
            let answer = request.send().await.map_err(failed)?;
            if let Some(refused) = answer.failed.into_iter().next() {
                return Err(failed(refused.message.unwrap_or(refused.code)));
            }
        }
        Ok(())
    }

    async fn send_later(&self, task: &Task, delay_seconds: i32) -> Result<(), TaskError> {
        let request = self.client.send_message().queue_url(&self.url).message_body(body(task)?);
        request.delay_seconds(delay_seconds).send().await.map(|_| ()).map_err(failed)
    }
}

fn body(task: &Task) -> Result<String, TaskError> {
    serde_json::to_string(task).map_err(failed)
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TaskError {
    TaskError(error.into())
}
