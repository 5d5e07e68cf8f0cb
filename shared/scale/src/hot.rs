//! One account that everybody wants: commands that meet each other, and decide again.

use fastrand::Rng;

use crate::{
    agenda::{Agenda, Time},
    figures::{Percentiles, Times},
    latency::{PUT, exponential},
    usage::Usage,
};

/// As `application::commands` has it: tries, and the longest wait after the first, doubled each time up to the last.
const ATTEMPTS_MAX: u32 = 10;
const FIRST_PAUSE_MS: Time = 4.0;
const PAUSE_MS_MAX: Time = 250.0;

/// What came of commands at a rate on one account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hot {
    /// Deposits a second that were made.
    pub(crate) done: f64,
    /// The share that was answered with 409.
    pub(crate) given_up: f64,
    /// Writes for each deposit that was made.
    pub(crate) writes: f64,
    pub(crate) function: Percentiles,
}

enum Event {
    Command,
    /// The commit comes to the table, for the version after the one that was read.
    Put {
        begun: Time,
        /// When that was read.
        read: Time,
        tries: u32,
        answered: Time,
    },
}

/// Deposits into one account at a rate a second, for so many seconds.
pub(crate) fn run(rate: f64, seconds: f64, seed: u64) -> Hot {
    let (usage, mut rng, mut agenda) = (Usage::read(), Rng::with_seed(seed), Agenda::new());
    let work = usage.figure("work", "request_ms") / usage.figure("work", "processor_share");
    let (mut version, mut writes, mut given_up, mut times) = (0_u64, 0_u64, 0_u64, Times::default());
    // Which version the table had when a read came to it: reads and puts reach it in the middle of their times.
    let mut appended: Vec<Time> = Vec::new();
    agenda.plan(0.0, Event::Command);
    while let Some((at, event)) = agenda.next() {
        match event {
            Event::Command => {
                let next = at + exponential(rate / 1_000.0, &mut rng);
                if next < seconds * 1_000.0 {
                    agenda.plan(next, Event::Command);
                }
                let first = PUT.sample(&mut rng).max(PUT.sample(&mut rng));
                let put = PUT.sample(&mut rng);
                let arrives = at + first + work + put / 2.0;
                // The newest that was there in the middle of the read; those of the future are unknown as yet, so it is
                // looked up when the put arrives.
                let read = at + first / 2.0;
                agenda.plan(arrives, Event::Put { begun: at, read, tries: 1, answered: arrives + put / 2.0 });
            }
            Event::Put { begun, read, tries, answered } => {
                writes += 1;
                let seen = appended.partition_point(|time| *time <= read) as u64;
                if seen == version {
                    version += 1;
                    appended.push(at);
                    times.add(answered - begun);
                } else if tries >= ATTEMPTS_MAX {
                    given_up += 1;
                } else {
                    // Decided again from the one that stood there, which the conflict gave back.
                    let longest = (FIRST_PAUSE_MS * f64::from(1 << tries)).min(PAUSE_MS_MAX);
                    let put = PUT.sample(&mut rng);
                    let arrives = answered + longest * rng.f64() + put / 2.0;
                    agenda.plan(
                        arrives,
                        Event::Put { begun, read: at, tries: tries + 1, answered: arrives + put / 2.0 },
                    );
                }
            }
        }
    }
    let done = times.len() as f64;
    Hot {
        done: done / seconds,
        given_up: given_up as f64 / (done + given_up as f64).max(1.0),
        writes: writes as f64 / done.max(1.0),
        function: times.percentiles(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_asked_seldom_has_no_conflicts() {
        let hot = run(1.0, 1_000.0, 1);
        assert!(hot.given_up < 1e-3 && hot.writes < 1.05, "{hot:?}");
    }

    #[test]
    fn the_more_are_at_an_account_the_more_each_writes() {
        let writes = [5.0, 20.0, 60.0].map(|rate| run(rate, 200.0, 1).writes);
        assert!(writes.is_sorted(), "{writes:?}");
    }

    #[test]
    fn the_same_seed_is_the_same_run() {
        assert_eq!(run(30.0, 50.0, 3), run(30.0, 50.0, 3));
        assert_ne!(run(30.0, 50.0, 3), run(30.0, 50.0, 4));
    }
}
