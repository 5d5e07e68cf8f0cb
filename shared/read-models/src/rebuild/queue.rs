//! Tasks as messages of a queue of SQS.

use aws_sdk_sqs::Client;

use super::{Task, TaskError, Tasks};

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
        for task in tasks {
            let body = serde_json::to_string(task).map_err(|error| TaskError(error.into()))?;
            let request = self.client.send_message().queue_url(&self.url).message_body(body);
            request.send().await.map_err(|error| TaskError(error.into()))?;
        }
        Ok(())
    }
}
