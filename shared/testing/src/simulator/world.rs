//! Virtual time, and what happens in it: one queue of events in the order of their times, one source of chance.

use std::{
    collections::BTreeMap,
    future::Future,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use fastrand::Rng;

pub use crate::history::Micros;

/// 2026-01-01T00:00:00Z.
pub const START: Micros = 1_767_225_600_000_000;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Event {
    /// A task goes on, and in it what waited.
    Wake(usize, Waker),
    /// Something happens at the table, whether or not whoever asked for it is still alive.
    Effect(Box<dyn FnOnce() + Send>),
}

struct State {
    now: Micros,
    sequence: u64,
    queue: BTreeMap<(Micros, u64), Event>,
    current: usize,
    spawned: Vec<(usize, Task)>,
    tasks: usize,
    done: usize,
    rng: Rng,
    trace: DefaultHasher,
    counts: Counts,
    /// What has happened, in words, if somebody listens.
    told: Option<Vec<String>>,
}

/// How often something that matters has happened, by its name.
pub type Counts = BTreeMap<&'static str, u64>;

/// A world in which nothing is left to the machine it runs on. Clones are the same world.
#[derive(Clone)]
pub struct World(Arc<Mutex<State>>);

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            now: START,
            sequence: 0,
            queue: BTreeMap::new(),
            current: 0,
            spawned: Vec::new(),
            tasks: 0,
            done: 0,
            rng: Rng::with_seed(seed),
            trace: DefaultHasher::new(),
            counts: Counts::new(),
            told: None,
        })))
    }

    /// The same world, with somebody who writes down what happens in it.
    #[must_use]
    pub fn told(seed: u64) -> Self {
        let world = Self::new(seed);
        world.state().told = Some(Vec::new());
        world
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.state().now
    }

    /// Chance.
    pub fn chance<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.state().rng)
    }

    /// Whether something happens that happens so often in a million.
    #[must_use]
    pub fn happens(&self, in_a_million: u32) -> bool {
        in_a_million > 0 && self.chance(|rng| rng.u32(0..1_000_000)) < in_a_million
    }

    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        let id = state.tasks;
        state.tasks += 1;
        state.spawned.push((id, Box::pin(task)));
        let now = state.now;
        state.push(now, Event::Wake(id, Waker::noop().clone()));
    }

    /// The task that runs.
    #[must_use]
    pub fn current(&self) -> usize {
        self.state().current
    }

    /// Lets a task go on now.
    pub fn wake(&self, task: usize) {
        let mut state = self.state();
        let now = state.now;
        state.push(now, Event::Wake(task, Waker::noop().clone()));
    }

    /// Lets something happen later.
    pub fn after(&self, delay: Duration, effect: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        let at = state.now + micros(delay);
        state.push(at, Event::Effect(Box::new(effect)));
    }

    /// Waits.
    #[must_use]
    pub fn sleep(&self, time: Duration) -> Sleep {
        Sleep { world: self.clone(), until: self.now() + micros(time), is_queued: false }
    }

    /// Writes into the trace, by which two runs are told apart.
    pub fn note(&self, what: impl std::hash::Hash + std::fmt::Debug) {
        let mut state = self.state();
        let now = state.now;
        now.hash(&mut state.trace);
        what.hash(&mut state.trace);
        state.tell(|| format!("{what:?}"));
    }

    /// Counts something that matters.
    pub fn count(&self, what: &'static str) {
        let mut state = self.state();
        *state.counts.entry(what).or_default() += 1;
        state.tell(|| format!("({what})"));
    }

    /// Says what happens, if somebody listens.
    pub fn tell(&self, what: impl FnOnce() -> String) {
        self.state().tell(what);
    }

    /// What was told so far, one line each: seconds since the start, the task, and what it does.
    #[must_use]
    pub fn story(&self) -> Vec<String> {
        self.state().told.clone().unwrap_or_default()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    /// The trace so far, in one number.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.state().trace.finish()
    }

    /// Whether every task has come to its end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let state = self.state();
        state.done == state.tasks
    }

    /// Lets everything happen, until nothing is left to happen.
    pub fn run(&self) {
        let mut tasks: BTreeMap<usize, Task> = BTreeMap::new();
        loop {
            let event = {
                let mut state = self.state();
                tasks.extend(state.spawned.drain(..));
                let Some(((at, _), event)) = state.queue.pop_first() else { return };
                state.now = at;
                if let Event::Wake(task, _) = &event {
                    state.current = *task;
                }
                event
            };
            match event {
                Event::Effect(effect) => effect(),
                Event::Wake(id, waiting) => {
                    waiting.wake();
                    let Some(task) = tasks.get_mut(&id) else { continue };
                    let mut context = Context::from_waker(Waker::noop());
                    if task.as_mut().poll(&mut context).is_ready() {
                        tasks.remove(&id);
                        self.state().done += 1;
                    }
                }
            }
        }
    }
}

impl State {
    fn push(&mut self, at: Micros, event: Event) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), event);
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(told) = &mut self.told {
            let since = Duration::from_micros(u64::try_from(self.now - START).unwrap());
            told.push(format!("{:>13.6} {:>4}  {}", since.as_secs_f64(), self.current, what()));
        }
    }
}

fn micros(time: Duration) -> Micros {
    i64::try_from(time.as_micros()).unwrap()
}

/// A wait in virtual time.
pub struct Sleep {
    world: World,
    until: Micros,
    is_queued: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.world.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.now >= self.until {
            return Poll::Ready(());
        }
        if !self.is_queued {
            let task = state.current;
            state.push(self.until, Event::Wake(task, context.waker().clone()));
            drop(state);
            self.is_queued = true;
        }
        Poll::Pending
    }
}
