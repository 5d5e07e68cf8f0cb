//! The queues of the projections: each gets every block of the journal, as one message.

use application::journal::{Journaled, Outbox};
use aws_sdk_sqs::Client;
use read_models::{MessageError, message};

/// Why a block was not handed on; some queues may have it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    #[error("the commits could not be written as a message")]
    Message(#[from] MessageError),
    #[error("the queue {url} is unavailable")]
    Unavailable { url: String, source: Box<dyn std::error::Error + Send + Sync> },
}

/// Queues of SQS.
#[derive(Clone, Debug)]
pub(crate) struct SqsQueues {
    client: Client,
    urls: Vec<String>,
}

impl SqsQueues {
    pub(crate) fn new(client: Client, urls: Vec<String>) -> Self {
        Self { client, urls }
    }
}

impl Outbox for SqsQueues {
    type Error = QueueError;

    async fn send(&self, journaled: &Journaled) -> Result<(), QueueError> {
        let body = message(journaled.block.first, &journaled.commits)?;
        for url in &self.urls {
            let request = self.client.send_message().queue_url(url).message_body(&body);
            request
                .send()
                .await
                .map_err(|error| QueueError::Unavailable { url: url.clone(), source: error.into() })?;
        }
        Ok(())
    }
}
