//! One batch of the stream becomes as few messages as it takes. It is passed on as a whole or comes again as a whole.

use application::Commit;
use aws_lambda_events::dynamodb::{Event, EventRecord};
use event_store::commit_from_image;
use read_models::{MessageError, Unreadable, chain, pack};

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
    let (mut commits, mut unreadable) = (Vec::new(), Vec::new());
    for EventRecord { event_id, event_name, change, .. } in event.records {
        if event_name != INSERT {
            continue;
        }
        match commit_from_image(change.new_image) {
            Ok(commit) if commit.stream.account_id().is_some() => commits.push(commit),
            Ok(_) => {}
            Err(error) => match Unreadable::at(change.keys, &error) {
                Ok(record) => unreadable.push(record),
                Err(_) => tracing::error!(event_id, "a record names no commit, and is passed over"),
            },
        }
    }
    (commits, unreadable)
}
