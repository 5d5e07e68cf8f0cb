//! Follows the feed, and notes when each event was there.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::StatusCode;

use bank::{
    Bank,
    clock::{now, pause},
};

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// When the event of an account and version was first seen.
#[derive(Default)]
pub(crate) struct Feed(Mutex<HashMap<(String, u64), Instant>>);

impl Feed {
    /// Reads what there is already, and returns where it ends.
    pub(crate) async fn end(admin: &Bank) -> u64 {
        let mut after = 0;
        loop {
            let page = admin.get(&format!("/v1/events?after={after}&limit=500")).await.body;
            after = page["next_after"].as_u64().unwrap();
            if page["has_more"] == false {
                return after;
            }
        }
    }

    pub(crate) async fn follow(&self, admin: &Bank, mut after: u64, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            let page = admin.get(&format!("/v1/events?after={after}&limit=500")).await;
            if page.status == StatusCode::OK {
                let seen_at = now();
                let mut seen = self.0.lock().unwrap();
                for event in page.body["events"].as_array().unwrap() {
                    if let Some(account) = event["account_id"].as_str() {
                        seen.insert((account.to_owned(), event["version"].as_u64().unwrap()), seen_at);
                    }
                }
                after = page.body["next_after"].as_u64().unwrap();
            }
            pause(BETWEEN_LOOKS).await;
        }
    }

    pub(crate) fn seen_at(&self, account: &str, version: u64) -> Option<Instant> {
        self.0.lock().unwrap().get(&(account.to_owned(), version)).copied()
    }
}
