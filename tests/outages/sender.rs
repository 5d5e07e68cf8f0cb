//! Requests that are sent again until there is an answer that stays, and what they were told until then.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::Value;

use bank::{
    Answer, Bank,
    clock::{now, pause},
    new_key,
};

const BEFORE_THE_NEXT_TRY: Duration = Duration::from_millis(300);

/// How long one request may be told to come again.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often senders were told what.
#[derive(Default)]
pub(crate) struct Counts {
    commands: AtomicUsize,
    reads: AtomicUsize,
    searches: AtomicUsize,
    in_flight: AtomicUsize,
    contended: AtomicUsize,
    unavailable: AtomicUsize,
    searches_unavailable: AtomicUsize,
    /// What the gateway says for a function that has died: no answer of ours.
    by_gateway: AtomicUsize,
}

/// One user.
pub(crate) struct Sender<'a> {
    pub(crate) bank: Bank,
    pub(crate) counts: &'a Counts,
}

impl Counts {
    /// Requests that were answered by the gateway alone.
    pub(crate) fn by_gateway(&self) -> usize {
        self.by_gateway.load(Ordering::Relaxed)
    }

    /// Whether the answer is none; what it says instead is counted.
    fn is_no_answer(&self, answer: &Answer, unavailable: &AtomicUsize) -> bool {
        let counter = match answer.status {
            StatusCode::CONFLICT if answer.body["code"] == "command_in_flight" => &self.in_flight,
            StatusCode::CONFLICT if answer.body["code"] == "concurrent_modification" => &self.contended,
            // Queries may be at the generation that is to go.
            StatusCode::CONFLICT if answer.body["code"] == "generation_in_use" => &self.contended,
            status if status.is_server_error() && answer.content_type != "application/problem+json" => {
                &self.by_gateway
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.retry_after.is_some(), "{answer:?}");
                unavailable
            }
            status => {
                assert!(!status.is_server_error(), "{answer:?}");
                return false;
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        true
    }
}

impl Sender<'_> {
    /// One command under one key, until it is done.
    pub(crate) async fn command(&self, path: &str, body: &Value) -> Answer {
        let key = new_key();
        let answer = self.until_it_stays(path, async || self.bank.post_as(&key, path, body).await).await;
        assert!(answer.status.is_success(), "{path}: {answer:?}");
        self.counts.commands.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// What is at a path, whatever is away meanwhile.
    pub(crate) async fn read(&self, path: &str) -> Answer {
        let answer = self.until_it_stays(path, async || self.bank.get(path).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// What needs OpenSearch, which may be away.
    pub(crate) async fn search(&self, path: &str) -> Option<Answer> {
        let answer = self.bank.get(path).await;
        if self.counts.is_no_answer(&answer, &self.counts.searches_unavailable) {
            return None;
        }
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        self.counts.searches.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    async fn until_it_stays(&self, path: &str, send: impl AsyncFn() -> Answer) -> Answer {
        let begun = now();
        loop {
            let answer = send().await;
            if !self.counts.is_no_answer(&answer, &self.counts.unavailable) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} is not answered: {answer:?}");
            pause(BEFORE_THE_NEXT_TRY).await;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [commands, reads, searches] =
            [&self.commands, &self.reads, &self.searches].map(|counter| counter.load(Ordering::Relaxed));
        let [in_flight, contended, unavailable, searches_unavailable, by_gateway] = [
            &self.in_flight,
            &self.contended,
            &self.unavailable,
            &self.searches_unavailable,
            &self.by_gateway,
        ]
        .map(|counter| counter.load(Ordering::Relaxed));
        write!(
            f,
            "{commands} commands, {reads} reads, {searches} searches; told to come again: {in_flight} in flight, \
             {contended} contended, {unavailable} unavailable, {searches_unavailable} searches unavailable, \
             {by_gateway} by the gateway alone"
        )
    }
}
