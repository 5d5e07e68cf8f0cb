//! The real clock, real ids, real chance.

use std::time::Duration;

use application::ports::Environment;
use domain::Timestamp;
use uuid::Uuid;

/// The environment of a running process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnvironment;

#[expect(clippy::disallowed_methods, reason = "this is where time, ids and chance come in")]
impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from(jiff::Timestamp::now())
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    async fn pause(&self, longest: Duration) {
        // The last four bytes of a version 7 id are random: chance enough to keep two writers apart.
        let [.., a, b, c, d] = Uuid::now_v7().into_bytes();
        let share = f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX);
        tokio::time::sleep(longest.mul_f64(share)).await;
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
