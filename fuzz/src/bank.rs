//! The command side, one request at a time.

use std::{collections::BTreeSet, sync::Arc};

use application::{
    Commit,
    commands::{Caller, Commands},
    verify::verify,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Request, header::CONTENT_TYPE},
};
use futures::executor::block_on;
use http_api::{command_routes, router};
use serde_json::Value;
use testing::{MemoryEventStore, TestEnvironment};
use tower::ServiceExt as _;

/// The content type of every body that is meant well.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An API with a store of its own.
pub struct Bank {
    store: MemoryEventStore,
    router: Router,
}

/// What a request came to.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether the answer was given before.
    pub is_replay: bool,
    /// The body.
    pub body: Value,
}

impl Bank {
    /// A bank that begins with these commits: for each input anew, so that one input is one finding.
    #[must_use]
    pub fn with(commits: &[Commit]) -> Self {
        let store = MemoryEventStore::default();
        store.overwrite(commits);
        let environment = TestEnvironment::default();
        // After what is stored already, as the clock always is.
        environment.advance(SECONDS_LATER);
        let router = router(command_routes(Arc::new(Commands::new(store.clone(), environment))));
        Self { store, router }
    }

    /// Sends a command of alice's.
    #[must_use]
    pub fn post(&self, path: &str, key: &str, content_type: HeaderValue, body: &[u8]) -> Answer {
        let caller = Caller { user_id: "alice".parse().expect("an id"), is_admin: true };
        let request = Request::post(path).header(CONTENT_TYPE, content_type).header("idempotency-key", key);
        let request = request.extension(caller).body(Body::from(body.to_owned())).expect("a request");
        block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("a router always answers");
            let (status, headers) = (response.status().as_u16(), response.headers());
            let is_replay = headers.contains_key("idempotency-replayed");
            let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body in memory");
            let body = serde_json::from_slice(&bytes).expect("every answer is JSON");
            Answer { status, is_replay, body }
        })
    }

    /// Everything that is stored.
    #[must_use]
    pub fn commits(&self) -> Vec<Commit> {
        self.store.all()
    }

    /// Every stream is one that an auditor finds nothing wrong with.
    pub fn assert_intact(&self) {
        let commits = self.commits();
        for stream in commits.iter().map(|commit| &commit.stream).collect::<BTreeSet<_>>() {
            let found = block_on(verify(&self.store, stream, None)).expect("memory answers");
            assert!(found.is_ok(), "{}", found.expect_err("it is a fault"));
        }
    }
}

/// A day.
const SECONDS_LATER: i64 = 86_400;
