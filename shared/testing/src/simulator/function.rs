//! A function that works on one request, on a clock of its own, and may die wherever it waits.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use application::ports::Environment;
use domain::Timestamp;
use futures::future::{Either, select};
use uuid::Uuid;

use super::{World, world::Micros};

/// After that the platform ends a function (`template.yaml`).
const TIMEOUT: Duration = Duration::from_secs(10);

/// Time and chance as a function has them: its clock is a little off.
#[derive(Clone)]
pub struct SimulatedEnvironment {
    world: World,
    offset: Micros,
}

impl SimulatedEnvironment {
    /// A clock that is at most so far off, either way.
    #[must_use]
    pub fn new(world: World, skew: Duration) -> Self {
        let most = i64::try_from(skew.as_micros()).unwrap();
        let offset = world.chance(|rng| rng.i64(-most..=most));
        Self { world, offset }
    }
}

impl Environment for SimulatedEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.world.now() + self.offset).unwrap()
    }

    fn new_id(&self) -> Uuid {
        Uuid::new_v8(self.world.chance(|rng| rng.u128(..)).to_be_bytes())
    }

    async fn pause(&self, longest: Duration) {
        let time = self.world.chance(|rng| longest.mul_f64(rng.f64()));
        self.world.sleep(time).await;
    }

    async fn wait(&self, time: Duration) {
        self.world.sleep(time).await;
    }
}

/// A future that may be dropped wherever it goes on, as a function dies.
struct Mortal<F> {
    world: World,
    alive: Option<Pin<Box<F>>>,
    crash: u32,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.world.happens(self.crash) && self.alive.take().is_some() {
            self.world.count("functions died");
        }
        let Some(future) = &mut self.alive else { return Poll::Ready(None) };
        future.as_mut().poll(context).map(Some)
    }
}

/// Runs a function; `None` if the caller hears nothing from it, in which case it may go on for a while.
pub async fn invoke<T: Send + 'static>(
    world: &World,
    crash: u32,
    patience: Duration,
    function: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let answer = Arc::new(Mutex::new(None));
    let (slot, caller, inside) = (answer.clone(), world.current(), world.clone());
    world.spawn(async move {
        let mortal = Mortal { world: inside.clone(), alive: Some(Box::pin(function)), crash };
        let result = match select(mortal, inside.sleep(TIMEOUT)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => None,
        };
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        inside.wake(caller);
    });
    let answered = futures::future::poll_fn(|_| {
        let result = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.map_or(Poll::Pending, Poll::Ready)
    });
    match select(answered, world.sleep(patience)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => None,
    }
}
