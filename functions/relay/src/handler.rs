//! One batch of the stream becomes as few messages as it takes. It is passed on as a whole or comes again as a whole.

use application::Commit;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use read_models::{MessageError, Unreadable, chain, pack, sort_out};

use crate::queue::{Queue, QueueError};

/// The only change that the events table knows.
const INSERT: &str = "INSERT";

/// Why a batch has to come again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the commits could not be written as messages")]
    Message(#[from] MessageError),
    #[error("the messages were not sent")]
    Queue(#[from] QueueError),
}

pub(crate) async fn handle(queue: &impl Queue, event: Event) -> Result<(), RelayError> {
    let records = event.records.len();
    let (commits, unreadable) = read(event);
    let (count, unreadable_count) = (commits.len(), unreadable.len());
    let sent = async {
        let messages = pack(commits, unreadable)?;
        queue.send(&messages).await?;
        Ok(messages.len())
    };
    let messages = sent.await.inspect_err(|error: &RelayError| {
        tracing::error!(error = chain(error), "the batch will come again");
    })?;
    tracing::info!(records, commits = count, unreadable = unreadable_count, messages, "relayed");
    Ok(())
}

/// The commits of accounts, and what could not be read: whoever is behind the queue parks it.
fn read(event: Event) -> (Vec<Commit>, Vec<Unreadable>) {
    let inserted = event.records.into_iter().filter(|record| record.event_name == INSERT);
    let read = inserted.map(|EventRecord { change, .. }| (change.keys, commit_from_image(change.new_image)));
    let (mut commits, unreadable) = sort_out(read);
    commits.retain(|commit| commit.stream.account_id().is_some());
    (commits, unreadable)
}
