//! Follows one command from its answer to the read models.

use std::time::Duration;

use reqwest::StatusCode;

use crate::{
    load::{Account, Done},
    now, pause,
};

/// A row is there in milliseconds; the history is searched, and OpenSearch shows what is new once a second.
const BETWEEN_READS: Duration = Duration::from_millis(5);
const BETWEEN_SEARCHES: Duration = Duration::from_millis(200);

/// Who has waited for long looks seldom: else a stack that is behind would have more to do, and fall further behind.
const LOOKS_PART: u32 = 10;

/// After this long a command is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long after the answer the account's row shows the command, read as any client reads it.
pub(crate) async fn row(account: &Account, done: &Done) -> Option<Duration> {
    let path = format!("/v1/accounts/{}", account.id);
    until(done, BETWEEN_READS, async || {
        let answer = account.bank.get(&path).await;
        answer.body["version"].as_u64() >= Some(done.version)
    })
    .await
}

/// How long after the answer the history has the transaction.
pub(crate) async fn history(account: &Account, done: &Done) -> Option<Duration> {
    let path = format!("/v1/accounts/{}/transactions/{}", account.id, done.transaction_id);
    until(done, BETWEEN_SEARCHES, async || account.bank.get(&path).await.status == StatusCode::OK).await
}

async fn until(done: &Done, between: Duration, is_there: impl AsyncFn() -> bool) -> Option<Duration> {
    loop {
        if is_there().await {
            return Some(now() - done.answered_at);
        }
        if done.answered_at.elapsed() > PATIENCE {
            return None;
        }
        pause(between.max(done.answered_at.elapsed() / LOOKS_PART)).await;
    }
}
