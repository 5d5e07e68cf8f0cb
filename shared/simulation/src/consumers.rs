//! What the readers of the stream and of the queues have in common: how long they go on, and how long they wait.

use std::time::Duration;

use testing::simulator::{START, World};

/// How long everything goes on at most: long after the last try of the last message.
const END: Duration = Duration::from_hours(27);

/// How long whoever calls a function waits for it: longer than it may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait where there is nothing to do.
const IDLE: Duration = Duration::from_secs(4);

/// A reader may be away for a day, and who waits for it need not look every few seconds.
const IDLE_MAX: Duration = Duration::from_secs(256);

pub(crate) fn is_over(world: &World) -> bool {
    world.now() - START > i64::try_from(END.as_micros()).unwrap()
}

/// Waits where there is nothing to do, each time twice as long.
#[derive(Debug)]
pub(crate) struct Idle(Duration);

impl Default for Idle {
    fn default() -> Self {
        Self(IDLE)
    }
}

impl Idle {
    pub(crate) async fn wait(&mut self, world: &World) {
        world.sleep(self.0).await;
        self.0 = (self.0 * 2).min(IDLE_MAX);
    }
}
