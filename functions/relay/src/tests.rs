//! A recorded batch of the stream against the handler, and requests to a queue that does not take everything.

use std::sync::Mutex;

use aws_lambda_events::dynamodb::Event;
use aws_sdk_sqs::{operation::send_message_batch::SendMessageBatchOutput, types::BatchResultErrorEntry};
use read_models::CommitMessage;

use crate::{
    handler::{RelayError, handle},
    queue::{Queue, QueueError, batches, until_taken},
};

/// A queue that keeps what it is sent, or takes nothing.
#[derive(Default)]
struct KeepingQueue {
    bodies: Mutex<Vec<String>>,
    is_closed: bool,
}

impl Queue for KeepingQueue {
    async fn send(&self, bodies: &[String]) -> Result<(), QueueError> {
        if self.is_closed {
            return Err(QueueError::NotTaken {
                count: bodies.len(),
                attempts: 3,
                reason: "closed".to_owned(),
            });
        }
        self.bodies.lock().unwrap().extend_from_slice(bodies);
        Ok(())
    }
}

/// The batch that the summary projector is tested on: both read the same stream.
fn event() -> Event {
    serde_json::from_str(include_str!("../../summary-projector/fixtures/stream.json")).unwrap()
}

#[tokio::test]
async fn commits_of_accounts_are_passed_on_as_they_came_and_so_is_what_cannot_be_read() {
    let queue = KeepingQueue::default();
    handle(&queue, event()).await.unwrap();
    let bodies = queue.bodies.into_inner().unwrap();
    let (mut places, mut unreadable) = (Vec::new(), Vec::new());
    for body in &bodies {
        let mut message = CommitMessage::parse(body).unwrap();
        unreadable.append(&mut message.unreadable);
        let commits = message.into_commits().unwrap();
        places.extend(commits.into_iter().map(|commit| (commit.stream.to_string(), commit.version)));
    }
    let of_account = |version| ("account-0192f7c1-a".to_owned(), version);
    assert_eq!(places, [of_account(2), of_account(1), of_account(1), of_account(3)]);
    let [unreadable] = unreadable.try_into().unwrap();
    assert_eq!((unreadable.stream.as_str(), unreadable.version), ("account-broken", 4));
}

#[tokio::test]
async fn a_queue_that_takes_nothing_brings_the_batch_again() {
    let queue = KeepingQueue { is_closed: true, ..KeepingQueue::default() };
    let failed = handle(&queue, event()).await;
    assert!(matches!(failed, Err(RelayError::Queue(_))), "{failed:?}");
}

#[test]
fn requests_have_at_most_ten_messages_and_256_kib() {
    let sizes = |lengths: &[usize]| {
        let bodies: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        batches(&bodies).iter().map(|batch| batch.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&[]), [0; 0]);
    assert_eq!(sizes(&[1; 23]), [10, 10, 3]);
    assert_eq!(sizes(&[131_072; 5]), [2, 2, 1]);
    assert_eq!(sizes(&[200_000, 200_000, 1, 1]), [1, 3]);
}

/// An answer that takes all entries of a request but those with these ids.
fn all_but(failed: &[&str]) -> SendMessageBatchOutput {
    let failed = failed.iter().map(|id| {
        let entry = BatchResultErrorEntry::builder().id(*id).sender_fault(false).code("InternalError");
        entry.build().unwrap()
    });
    let answer = SendMessageBatchOutput::builder().set_successful(Some(Vec::new()));
    answer.set_failed(Some(failed.collect())).build().unwrap()
}

/// Sends `a`, `b` and `c` to a queue that gives these answers; what it was asked for, and what came of it.
async fn send(answers: &[&[&str]]) -> (Vec<String>, Result<(), QueueError>) {
    let asked = Mutex::new(Vec::new());
    let bodies = ["a", "b", "c"].map(ToOwned::to_owned);
    let result = until_taken(&bodies, |entries| {
        let mut asked = asked.lock().unwrap();
        let answer = all_but(answers[asked.len()]);
        asked.push(entries.iter().map(|entry| entry.message_body()).collect());
        std::future::ready(Ok(answer))
    })
    .await;
    (asked.into_inner().unwrap(), result)
}

#[tokio::test]
async fn only_messages_that_were_not_taken_are_sent_again() {
    let (asked, result) = send(&[&["1"], &["1"], &[]]).await;
    assert_eq!(asked, ["abc", "b", "b"]);
    result.unwrap();
}

#[tokio::test]
async fn messages_never_taken_are_an_error() {
    let (asked, result) = send(&[&["0", "2"], &["2"], &["2"]]).await;
    assert_eq!(asked, ["abc", "ac", "c"]);
    let Err(QueueError::NotTaken { count, attempts, reason }) = result else { panic!("{result:?}") };
    assert_eq!((count, attempts), (1, 3));
    assert!(reason.contains("InternalError"), "{reason}");
}
