//! The queue of a projection.

use std::future::Future;

use aws_sdk_sqs::{
    Client, operation::send_message_batch::SendMessageBatchOutput as Answer,
    types::SendMessageBatchRequestEntry,
};

/// The most messages in one request (a limit of SQS).
const BATCH_MESSAGES_MAX: usize = 10;

/// The most bytes in one request, over all its messages: what every SQS takes.
const BATCH_BYTES_MAX: usize = 262_144;

/// How often messages that SQS did not take are sent again before the whole batch of the stream comes again.
const ATTEMPTS_MAX: u32 = 3;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why messages were not sent; some may have been.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    #[error("the queue is unavailable")]
    Unavailable(#[source] Source),
    #[error("the queue did not take {count} messages in {attempts} tries: {reason}")]
    NotTaken { count: usize, attempts: u32, reason: String },
}

/// Where messages go.
pub(crate) trait Queue: Send + Sync {
    /// Sends all these messages, in any order.
    fn send(&self, bodies: &[String]) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A queue of SQS.
#[derive(Clone, Debug)]
pub(crate) struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    pub(crate) fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    async fn send_batch(&self, entries: Vec<SendMessageBatchRequestEntry>) -> Result<Answer, QueueError> {
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        request.send().await.map_err(|error| QueueError::Unavailable(error.into()))
    }
}

impl Queue for SqsQueue {
    async fn send(&self, bodies: &[String]) -> Result<(), QueueError> {
        for batch in batches(bodies) {
            until_taken(batch, |entries| self.send_batch(entries)).await?;
        }
        Ok(())
    }
}

/// Sends messages, and those that were not taken again.
pub(crate) async fn until_taken<F: Future<Output = Result<Answer, QueueError>> + Send>(
    bodies: &[String],
    send: impl Fn(Vec<SendMessageBatchRequestEntry>) -> F,
) -> Result<(), QueueError> {
    let mut pending = bodies.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    let mut reason = String::new();
    for _ in 0..ATTEMPTS_MAX {
        let failed = send(pending.clone()).await?.failed;
        let Some(first) = failed.first() else { return Ok(()) };
        reason = format!("{}: {}", first.code, first.message.as_deref().unwrap_or_default());
        pending.retain(|entry| failed.iter().any(|failed| failed.id == entry.id));
    }
    Err(QueueError::NotTaken { count: pending.len(), attempts: ATTEMPTS_MAX, reason })
}

fn entry((index, body): (usize, &String)) -> Result<SendMessageBatchRequestEntry, QueueError> {
    let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body).build();
    entry.map_err(|error| QueueError::Unavailable(error.into()))
}

/// Cuts messages into requests that SQS takes. A message is never longer than a request may be.
pub(crate) fn batches(mut bodies: &[String]) -> Vec<&[String]> {
    let mut batches = Vec::new();
    while !bodies.is_empty() {
        let mut bytes = 0_usize;
        let fits = |body: &&String| {
            bytes += body.len();
            bytes <= BATCH_BYTES_MAX
        };
        let count = bodies.iter().take(BATCH_MESSAGES_MAX).take_while(fits).count().max(1);
        let (batch, rest) = bodies.split_at(count);
        batches.push(batch);
        bodies = rest;
    }
    batches
}
