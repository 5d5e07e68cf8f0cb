//! Follows one command from its answer to the read models.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use bank::clock::{now, pause};

use crate::load::{Account, Done};

/// A row is there in milliseconds; the history is searched, and OpenSearch shows what is new once a second.
const BETWEEN_READS: Duration = Duration::from_millis(5);
const BETWEEN_SEARCHES: Duration = Duration::from_millis(200);

/// Who has waited for long looks seldom.
const LOOKS_PART: u32 = 10;

/// After this long a command is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// One look at a row and one at the history at a time: else a stack that is behind would be asked more, and fall
/// further behind.
pub(crate) struct Looks {
    rows: Semaphore,
    searches: Semaphore,
}

impl Default for Looks {
    fn default() -> Self {
        Self { rows: Semaphore::new(1), searches: Semaphore::new(1) }
    }
}

/// How long after the answer the account's row shows the command, read as any client reads it.
pub(crate) async fn row(account: &Account, done: &Done, looks: &Looks) -> Option<Duration> {
    let path = format!("/v1/accounts/{}", account.id);
    until(done, &looks.rows, BETWEEN_READS, async || {
        let answer = account.bank.get(&path).await;
        answer.body["version"].as_u64() >= Some(done.version)
    })
    .await
}

/// How long after the answer the history has the transaction.
pub(crate) async fn history(account: &Account, done: &Done, looks: &Looks) -> Option<Duration> {
    let path = format!("/v1/accounts/{}/transactions/{}", account.id, done.transaction_id);
    until(done, &looks.searches, BETWEEN_SEARCHES, async || {
        account.bank.get(&path).await.status == StatusCode::OK
    })
    .await
}

async fn until(
    done: &Done,
    looks: &Semaphore,
    between: Duration,
    is_there: impl AsyncFn() -> bool,
) -> Option<Duration> {
    loop {
        let look = looks.acquire().await.unwrap();
        if is_there().await {
            return Some(now() - done.answered_at);
        }
        drop(look);
        if done.answered_at.elapsed() > PATIENCE {
            return None;
        }
        pause(between.max(done.answered_at.elapsed() / LOOKS_PART)).await;
    }
}
