//! Runs seeds of the simulator, on all cores: `simulate FIRST COUNT`. `cargo xtask simulate` builds and calls it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool answers there")]
#![expect(clippy::disallowed_methods, reason = "it runs outside of the simulated world")]

use std::{
    io::IsTerminal as _,
    panic::catch_unwind,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use testing::simulator::{Counts, Run, run};

/// After so many wrong seeds there is enough to look at.
const FAILURES_MAX: usize = 5;

#[derive(Default)]
struct Progress {
    next: AtomicU64,
    done: AtomicU64,
    commands: AtomicU64,
    succeeded: AtomicU64,
    counts: Mutex<Counts>,
    failures: Mutex<Vec<Run>>,
}

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let [first, count] = numbers[..] else {
        eprintln!("usage: simulate FIRST COUNT (see `cargo xtask simulate --help`)");
        return ExitCode::FAILURE;
    };
    let (start, progress) = (Instant::now(), Progress::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(first, count, &progress));
        }
        scope.spawn(|| show(count, &progress));
    });
    report(first, &progress, start.elapsed())
}

fn work(first: u64, count: u64, progress: &Progress) {
    loop {
        let place = progress.next.fetch_add(1, Ordering::Relaxed);
        let failures = progress.failures.lock().map_or(usize::MAX, |failures| failures.len());
        if place >= count || failures >= FAILURES_MAX {
            return;
        }
        let seed = first + place;
        let run = catch_unwind(|| run(seed)).unwrap_or_else(|_| Run {
            seed,
            trace: 0,
            commands: 0,
            succeeded: 0,
            counts: Counts::new(),
            violations: vec!["it panicked, as said above".to_owned()],
        });
        progress.commands.fetch_add(u64::try_from(run.commands).unwrap_or_default(), Ordering::Relaxed);
        progress.succeeded.fetch_add(u64::try_from(run.succeeded).unwrap_or_default(), Ordering::Relaxed);
        if let Ok(mut counts) = progress.counts.lock() {
            for (what, times) in &run.counts {
                *counts.entry(what).or_default() += times;
            }
        }
        if !run.violations.is_empty()
            && let Ok(mut failures) = progress.failures.lock()
        {
            failures.push(run);
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

fn report(first: u64, progress: &Progress, took: Duration) -> ExitCode {
    let failures = progress.failures.lock().map(|failures| failures.clone()).unwrap_or_default();
    for run in &failures {
        println!("\nseed {} is wrong (trace {:016x}):", run.seed, run.trace);
        for violation in &run.violations {
            println!("  {violation}");
        }
        println!("  the same again: cargo xtask simulate --seed {}", run.seed);
    }
    let done = progress.done.load(Ordering::Relaxed);
    println!(
        "{done} seeds from {first} in {:.1} s: {} commands, {} with an effect; {} seeds wrong",
        took.as_secs_f64(),
        progress.commands.load(Ordering::Relaxed),
        progress.succeeded.load(Ordering::Relaxed),
        failures.len(),
    );
    let counts = progress.counts.lock().map(|counts| counts.clone()).unwrap_or_default();
    let counts: Vec<String> = counts.iter().map(|(what, times)| format!("{times} {what}")).collect();
    println!("{}", counts.join(", "));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
