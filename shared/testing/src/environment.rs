//! Time and ids that are the same in every run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use application::ports::Environment;
use domain::Timestamp;
use uuid::Uuid;

/// A clock that moves on by a millisecond each time it is read, and ids that count up. Clones share both.
#[derive(Clone, Debug, Default)]
pub struct TestEnvironment {
    readings: Arc<AtomicU64>,
    ids: Arc<AtomicU64>,
}

/// 2026-01-01T00:00:00Z.
const START_MICROS: i64 = 1_767_225_600_000_000;

impl TestEnvironment {
    /// Moves the clock on.
    pub fn advance(&self, seconds: i64) {
        self.readings.fetch_add(u64::try_from(seconds * 1_000).unwrap(), Ordering::Relaxed);
    }
}

impl Environment for TestEnvironment {
    fn now(&self) -> Timestamp {
        let reading = self.readings.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_micros(START_MICROS + i64::try_from(reading).unwrap() * 1_000).unwrap()
    }

    fn new_id(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::new_v8(u128::from(id).to_be_bytes())
    }

    /// This clock moves when it is read, and so never while anybody waits for it.
    async fn wait(&self, _: Duration) {
        futures::future::pending::<()>().await;
    }

    async fn pause(&self, _: Duration) {
        // Lets the other tasks of the same test go on, which is all that a pause is for.
        let mut polled = false;
        futures::future::poll_fn(move |context| {
            if std::mem::replace(&mut polled, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}
