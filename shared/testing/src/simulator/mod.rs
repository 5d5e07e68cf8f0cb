//! A bank in a world of its own: virtual time, a network and functions that fail, and everything in one thread.
//!
//! It runs the real application code ([`application::commands::Commands`]) for a few clients who send the same
//! commands again and again. A seed is a run: the same seed gives the same run, to the last step. After a while
//! nothing fails any more; hours later everything does once more, for clients who had gone away without an answer and
//! come back then. In the end every command must have got an answer, and six days later each is sent once more and must
//! get the same; and after a week again, if it was decided less than a week ago. Then [`check`] looks at what was
//! stored and what the clients were told.

mod bugs;
mod faults;
mod function;
mod store;
mod workload;
mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use application::{
    CommandError, Commit, Refusal,
    commands::{Answer, Commands, Receipt, Request},
    ports::{CommandStore, Environment as _},
    queries::{CommandStatus, Queries},
};
use domain::Timestamp;
use futures::FutureExt as _;

pub use bugs::{Bug, BuggyStore};
pub use faults::Faults;
pub use function::{SimulatedEnvironment, invoke};
pub use store::SimulatedStore;
pub use workload::Step;
pub use world::{Counts, Micros, START, World};

use crate::{
    MemoryEventStore, TestEnvironment, check,
    history::{self, Command},
};

/// What came of a command, as its clients are told here.
type Outcome = Result<Receipt, Refusal>;

type Entry = history::Entry<Outcome>;
type History = history::History<Outcome>;

/// How long everything may fail.
const STORM: Duration = Duration::from_secs(40);
/// When it begins to fail again: long after every lease.
const SECOND_STORM_AFTER: Duration = Duration::from_hours(2);
/// A key has one effect for seven days; until then every client has come back once more.
const DAYS_LATER: Duration = Duration::from_hours(6 * 24);
/// Seven days after the first storm, and not yet seven days after the second.
const A_WEEK_LATER: Duration = Duration::from_hours(7 * 24 + 1);
const WEEK: Duration = Duration::from_hours(7 * 24);
/// How far apart what goes on in between is, at least.
const BETWEEN: Duration = Duration::from_secs(30);
/// How often a client tries before it gives up, which none needs to.
const TRIES_MAX: usize = 200;

/// A table that can be looked into.
pub trait Table: CommandStore + Clone {
    /// Every commit, by stream and version.
    fn commits(&self) -> Vec<Commit>;

    /// Removes the records that have expired, as DynamoDB does sooner or later.
    fn expire(&self, now: Timestamp);
}

impl Table for MemoryEventStore {
    fn commits(&self) -> Vec<Commit> {
        self.all()
    }

    fn expire(&self, now: Timestamp) {
        Self::expire(self, now);
    }
}

/// What came of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// A number over each step: two runs with the same one went the same way.
    pub trace: u64,
    /// How many commands the clients had.
    pub commands: usize,
    /// How many of them had an effect.
    pub succeeded: usize,
    /// What happened how often.
    pub counts: Counts,
    /// What is wrong, in words.
    pub violations: Vec<String>,
}

/// Runs a seed over a table that is right.
#[must_use]
pub fn run(seed: u64) -> Run {
    run_over(seed, MemoryEventStore::default())
}

/// Runs a seed over this table.
pub fn run_over<S: Table + 'static>(seed: u64, table: S) -> Run {
    run_in(&World::new(seed), seed, table)
}

/// What happens in a seed's run, step by step.
#[must_use]
pub fn story(seed: u64) -> Vec<String> {
    let world = World::told(seed);
    // A run that panics has a story too, up to there.
    let _ = catch_unwind(AssertUnwindSafe(|| run_in(&world, seed, MemoryEventStore::default())));
    world.story()
}

fn run_in<S: Table + 'static>(world: &World, seed: u64, table: S) -> Run {
    let history = History::default();
    set_up(&table, &history);
    let faults = world.chance(Faults::draw);
    let store = SimulatedStore::new(world.clone(), table, faults);
    let commands = world.chance(workload::draw);
    let count = commands.len();
    let first = history.add(commands);
    let spread = world.chance(|rng| Duration::from_millis([0, 100, 10_000][rng.usize(..3)]));
    for plan in world.chance(|rng| workload::plans(rng, count)) {
        let steps = plan.into_iter().map(|step| Step { command: step.command + first, ..step }).collect();
        let (world, begins) = (world.clone(), world.chance(|rng| spread.mul_f64(rng.f64())));
        let (store, history) = (store.clone(), history.clone());
        world.clone().spawn(async move {
            world.sleep(begins).await;
            client(&world, &store, &history, steps).await;
        });
    }
    let between = history.add(world.chance(workload::between));
    let (others, told) = (store.clone(), history.clone());
    let inside = world.clone();
    world.spawn(async move {
        inside.sleep(STORM * 2).await;
        for command in between..told.entries().len() {
            inside.sleep(BETWEEN).await;
            send(&inside, &others, &told, Step { command, is_mistaken: false, is_trusting: false }).await;
        }
    });
    for (at, weather) in
        [(STORM, Faults::none()), (SECOND_STORM_AFTER, faults), (SECOND_STORM_AFTER + STORM, Faults::none())]
    {
        let store = store.clone();
        world.after(at, move || store.suffer(weather));
    }
    for at in [DAYS_LATER, A_WEEK_LATER] {
        let (expiring, now) = (store.clone(), world.clone());
        world.after(at, move || expiring.inner().expire(Timestamp::from_micros(now.now()).unwrap()));
    }
    world.run();

    let entries = history.entries();
    let violations = check::check(&entries, &store.inner().commits(), &store.arrivals());
    let succeeded = |entry: &&Entry| entry.answers.first().is_some_and(|(outcome, _)| outcome.is_ok());
    Run {
        seed,
        trace: world.trace(),
        commands: count,
        succeeded: entries[first..].iter().filter(succeeded).count(),
        counts: world.counts(),
        violations,
    }
}

/// Opens everybody's accounts before there is any network.
fn set_up<S: Table>(table: &S, history: &History) {
    let environment = TestEnvironment::default();
    let commands = workload::setup();
    let first = history.add(commands.clone());
    for (place, command) in (first..).zip(commands) {
        let request = request(&command, &environment.new_id().to_string(), false, None);
        history.sent(place, world::START);
        let side = Commands::new(table.clone(), environment.clone());
        if let Some(Ok(answer)) = side.execute(&request, &command.order).now_or_never() {
            history.answered(place, world::START, (answer.outcome, answer.request_id), answer.is_replay);
        }
    }
}

/// One client: sends its commands one after the other, each until it has an answer, and all once more days later.
async fn client<S: Table + 'static>(
    world: &World,
    store: &SimulatedStore<S>,
    history: &History,
    steps: Vec<Step>,
) {
    for step in &steps {
        send(world, store, history, *step).await;
    }
    let steps: Vec<Step> = steps.into_iter().filter(|step| !history.is_abandoned(step.command)).collect();
    world.sleep(DAYS_LATER.saturating_sub(elapsed(world)) + Duration::from_secs(60)).await;
    for step in steps.iter().filter(|step| !step.is_mistaken) {
        ask(world, store, history, *step).await;
    }
    for step in &steps {
        send(world, store, history, *step).await;
    }
    world.sleep(A_WEEK_LATER.saturating_sub(elapsed(world)) + Duration::from_secs(60)).await;
    let a_week_ago = world.now() - i64::try_from(WEEK.as_micros()).unwrap();
    let is_kept = |step: &&Step| history.decided_at(step.command).is_some_and(|at| at > a_week_ago);
    for step in steps.iter().filter(is_kept) {
        send(world, store, history, *step).await;
    }
}

/// Asks what came of a command, instead of sending it again.
async fn ask<S: Table + 'static>(world: &World, store: &SimulatedStore<S>, history: &History, step: Step) {
    let environment = SimulatedEnvironment::new(world.clone(), Duration::ZERO);
    let command = history.command(step.command);
    let queries = Queries::new(store.clone(), (), (), environment);
    if let Ok(CommandStatus::Decided { outcome, request_id, .. }) =
        queries.command(&command.caller, command.id).await
    {
        history.answered(step.command, world.now(), (*outcome, request_id), true);
    } else {
        history.given_up(step.command);
    }
}

/// Sends a command until there is an answer that stays.
async fn send<S: Table + 'static>(world: &World, store: &SimulatedStore<S>, history: &History, step: Step) {
    let command = history.command(step.command);
    match step.is_mistaken {
        // Else it would be the mistake that the key stands for.
        true if !history.is_answered(step.command) => return,
        true => {}
        false => history.sent(step.command, world.now()),
    }
    let mut is_sure = true;
    world.tell(|| format!("command {}: {:?}", step.command, command.order));
    for _ in 0..TRIES_MAX {
        match call(world, store, &command, step.is_mistaken).await {
            Some(
                result @ (Ok(_)
                | Err(CommandError::KeyReused | CommandError::Damaged(_) | CommandError::Forbidden)),
            ) => {
                world.note((step.command, format!("{result:?}")));
                if step.is_mistaken {
                    if !matches!(result, Err(CommandError::KeyReused)) {
                        history.mistaken(step.command, format!("{result:?}"));
                    }
                    return;
                }
                return match result {
                    Ok(answer) => {
                        if answer.is_replay {
                            world.count("replays");
                        }
                        let Answer { outcome, request_id, is_replay } = answer;
                        history.answered(step.command, world.now(), (outcome, request_id), is_replay);
                    }
                    Err(_) => history.given_up(step.command),
                };
            }
            Some(Err(error)) => {
                world.count(asked_again(&error));
                let is_denied =
                    matches!(error, CommandError::ConcurrentModification | CommandError::Throttled);
                if is_denied && is_sure && step.is_trusting {
                    world.count("abandoned");
                    return history.abandoned(step.command);
                }
                is_sure = is_sure && is_denied;
            }
            None => is_sure = false,
        }
        world.sleep(before_next_try(world)).await;
    }
    history.given_up(step.command);
}

/// How long a client waits before it comes again: a moment, or until everything fails once more.
fn before_next_try(world: &World) -> Duration {
    let until_second_storm = SECOND_STORM_AFTER.saturating_sub(elapsed(world));
    if until_second_storm.is_zero() || world.chance(|rng| rng.u32(..8)) > 0 {
        return Duration::from_secs(1);
    }
    world.count("clients away for hours");
    until_second_storm + world.chance(|rng| (STORM / 2).mul_f64(rng.f64()))
}

fn elapsed(world: &World) -> Duration {
    Duration::from_micros(u64::try_from(world.now() - world::START).unwrap())
}

/// Why a client comes again.
fn asked_again(error: &CommandError) -> &'static str {
    match error {
        CommandError::InFlight => "in flight",
        CommandError::ConcurrentModification => "concurrent modifications",
        CommandError::TimedOut => "timed out",
        CommandError::Throttled => "throttled to the end",
        _ => "unavailable",
    }
}

/// One request, done by a function of its own.
async fn call<S: Table + 'static>(
    world: &World,
    store: &SimulatedStore<S>,
    command: &Command,
    is_mistaken: bool,
) -> Option<Result<Answer, CommandError>> {
    let faults = store.faults();
    let environment = SimulatedEnvironment::new(world.clone(), faults.skew);
    let deadline = environment.now().plus_seconds(8);
    let request = request(command, &environment.new_id().to_string(), is_mistaken, Some(deadline));
    let order = if is_mistaken { workload::mistake() } else { command.order.clone() };
    let patience = world.chance(|rng| Duration::from_secs(if rng.u32(..10) == 0 { 1 } else { 30 }));
    let store = store.clone();
    let function = async move { Commands::new(store, environment).execute(&request, &order).await };
    invoke(world, faults.crash, patience, function).await
}

fn request(command: &Command, request_id: &str, is_mistaken: bool, deadline: Option<Timestamp>) -> Request {
    Request {
        caller: command.caller.clone(),
        command_id: command.id,
        fingerprint: workload::fingerprint(is_mistaken),
        path: "/v1/simulated".to_owned(),
        request_id: request_id.to_owned(),
        deadline,
        expected_version: command.expected_version,
        traceparent: None,
    }
}
