//! Runs seeds of the simulator, on all cores. `cargo xtask simulate` builds and calls it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool answers there")]
#![expect(clippy::disallowed_methods, reason = "it runs outside of the simulated world")]

use std::{
    io::{IsTerminal as _, Write as _},
    panic::catch_unwind,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use testing::simulator::{self, Counts};

/// After so many wrong seeds there is enough to look at.
const FAILURES_MAX: usize = 5;

/// Run seeds of the simulator.
#[derive(Parser)]
struct Arguments {
    /// Which side of the bank.
    side: Side,
    /// The first seed.
    first: u64,
    /// How many seeds.
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Side {
    Write,
    Read,
}

/// What came of one seed, on either side.
#[derive(Clone)]
struct Outcome {
    seed: u64,
    trace: u64,
    counts: Counts,
    violations: Vec<String>,
}

#[derive(Default)]
struct Progress {
    next: AtomicU64,
    done: AtomicU64,
    counts: Mutex<Counts>,
    failures: Mutex<Vec<Outcome>>,
}

impl Side {
    fn run(self, seed: u64) -> Outcome {
        match self {
            Self::Write => {
                let simulator::Run { trace, commands, succeeded, mut counts, violations, .. } =
                    simulator::run(seed);
                counts.insert("commands", u64::try_from(commands).unwrap_or_default());
                counts.insert("commands with an effect", u64::try_from(succeeded).unwrap_or_default());
                Outcome { seed, trace, counts, violations }
            }
            Self::Read => {
                let simulation::Run { trace, counts, violations, .. } = simulation::run(seed, None);
                Outcome { seed, trace, counts, violations }
            }
        }
    }

    fn story(self, seed: u64) -> Vec<String> {
        match self {
            Self::Write => simulator::story(seed),
            Self::Read => simulation::story(seed),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.count == 1 && tell(&arguments).is_err() {
        // Who reads only the beginning has closed the pipe.
        return ExitCode::SUCCESS;
    }
    let (start, progress) = (Instant::now(), Progress::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&arguments, &progress));
        }
        scope.spawn(|| show(arguments.count, &progress));
    });
    report(&arguments, &progress, start.elapsed())
}

/// Whoever runs one seed wants to see what happens in it.
fn tell(arguments: &Arguments) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    arguments.side.story(arguments.first).iter().try_for_each(|line| writeln!(output, "{line}"))
}

fn work(arguments: &Arguments, progress: &Progress) {
    loop {
        let place = progress.next.fetch_add(1, Ordering::Relaxed);
        let failures = progress.failures.lock().map_or(usize::MAX, |failures| failures.len());
        if place >= arguments.count || failures >= FAILURES_MAX {
            return;
        }
        let seed = arguments.first + place;
        let outcome = catch_unwind(|| arguments.side.run(seed)).unwrap_or_else(|_| Outcome {
            seed,
            trace: 0,
            counts: Counts::new(),
            violations: vec!["it panicked, as said above".to_owned()],
        });
        if let Ok(mut counts) = progress.counts.lock() {
            for (what, times) in &outcome.counts {
                *counts.entry(what).or_default() += times;
            }
        }
        if !outcome.violations.is_empty()
            && let Ok(mut failures) = progress.failures.lock()
        {
            failures.push(outcome);
        }
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// One line that is written anew, if somebody looks.
fn show(count: u64, progress: &Progress) {
    while progress.next.load(Ordering::Relaxed) < count && std::io::stderr().is_terminal() {
        eprint!("\r{} of {count} seeds", progress.done.load(Ordering::Relaxed));
        thread::sleep(Duration::from_millis(200));
    }
}

fn report(arguments: &Arguments, progress: &Progress, took: Duration) -> ExitCode {
    let side = arguments.side.name();
    let failures = progress.failures.lock().map(|failures| failures.clone()).unwrap_or_default();
    for outcome in &failures {
        println!("\nseed {} of the {side} side is wrong (trace {:016x}):", outcome.seed, outcome.trace);
        for violation in &outcome.violations {
            println!("  {violation}");
        }
        println!("  the same again: cargo xtask simulate --side {side} --seed {}", outcome.seed);
    }
    let done = progress.done.load(Ordering::Relaxed);
    println!(
        "{done} seeds of the {side} side from {} in {:.1} s, {} wrong",
        arguments.first,
        took.as_secs_f64(),
        failures.len(),
    );
    let counts = progress.counts.lock().map(|counts| counts.clone()).unwrap_or_default();
    let counts: Vec<String> = counts.iter().map(|(what, times)| format!("{times} {what}")).collect();
    println!("  {}", counts.join(", "));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
