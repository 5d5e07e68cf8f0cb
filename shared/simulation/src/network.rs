//! What is between functions and their stores: requests get lost, answers get lost, and some come late.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt as _;
use testing::simulator::{Faults, World};

/// How long an SDK waits for an answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(3);

/// How long after that a request may still arrive.
pub(crate) const LATEST: Duration = Duration::from_secs(25);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    Throttled,
    Silence,
}

/// The network of one world. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) world: World,
    faults: Arc<Mutex<Faults>>,
}

impl Network {
    pub(crate) fn new(world: World, faults: Faults) -> Self {
        Self { world, faults: Arc::new(Mutex::new(faults)) }
    }

    pub(crate) fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From then on other things fail, or nothing.
    pub(crate) fn change_after(&self, delay: Duration, faults: Faults) {
        let changing = Arc::clone(&self.faults);
        self.world.after(delay, move || {
            *changing.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        });
    }

    /// One request: its effect may happen though its answer is lost, and long after nobody waits for it any more.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        effect: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (world, faults) = (&self.world, self.faults());
        world.note(what);
        world.sleep(world.chance(|rng| faults.latency.mul_f64(rng.f64()))).await;
        if world.happens(faults.throttled) {
            world.count("throttled");
            return Err(Lost::Throttled);
        }
        if world.happens(faults.request_lost) {
            world.count("requests lost");
            world.sleep(TIMEOUT).await;
            return Err(Lost::Silence);
        }
        if world.happens(faults.late) {
            world.count("requests late");
            world.after(TIMEOUT + world.chance(|rng| LATEST.mul_f64(rng.f64())), move || drop(effect()));
            world.sleep(TIMEOUT).await;
            return Err(Lost::Silence);
        }
        let answer = effect();
        if world.happens(faults.answer_lost) {
            world.count("answers lost");
            world.sleep(TIMEOUT).await;
            return Err(Lost::Silence);
        }
        world.sleep(world.chance(|rng| faults.latency.mul_f64(rng.f64()))).await;
        Ok(answer)
    }
}

/// Something at the other end of the network.
#[derive(Clone)]
pub(crate) struct Behind<X> {
    pub(crate) network: Network,
    pub(crate) inner: X,
}

/// The stores in memory never wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}
