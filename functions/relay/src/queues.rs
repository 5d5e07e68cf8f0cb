//! The queues of the projections: each gets every commit of the journal, as many in one message as fit.

use application::{
    Commit,
    journal::{Outbox, Position},
};
use aws_sdk_sqs::Client;
use futures::future::try_join_all;
use read_models::{MessageError, message};

/// Why commits were not handed on; some queues may have them.
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

    async fn send(&self, first: Position, commits: &[Commit]) -> Result<(), QueueError> {
        let body = &message(first, commits)?;
        try_join_all(self.urls.iter().map(async |url| {
            let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
            sent.map_err(|error| QueueError::Unavailable { url: url.clone(), source: error.into() })
        }))
        .await?;
        Ok(())
    }
}
