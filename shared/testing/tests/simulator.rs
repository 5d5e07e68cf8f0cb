//! The simulator itself: a seed is a run, and no bug that was planted stays unseen.

#![expect(clippy::print_stdout, reason = "which seed sees a bug is worth reading")]

use testing::simulator::{Bug, BuggyStore, Counts, run, run_over};

/// How many seeds a planted bug may take to be seen.
const SEEDS_MAX: u64 = 2_000;

/// What a run is to go through, now and then.
const WRONG: [&str; 16] = [
    "abandoned",
    "answers lost",
    "clients away for hours",
    "functions died",
    "in flight",
    "overtaken by a second sending",
    "replays",
    "requests late",
    "requests lost",
    "requests sent twice",
    "stale reads",
    "taken up hours later",
    "throttled",
    "transaction conflicts",
    "transactions in the way",
    "version conflicts",
];

#[test]
fn the_same_seed_is_the_same_run_to_the_last_step() {
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
    assert_ne!(run(1).trace, run(2).trace);
}

#[test]
fn everything_that_can_go_wrong_does() {
    let mut counts = Counts::new();
    for seed in 0..SEEDS_MAX {
        for (what, times) in run(seed).counts {
            *counts.entry(what).or_default() += times;
        }
    }
    for what in WRONG {
        assert!(counts.get(what).is_some_and(|times| *times > 10), "{what}: {counts:?}");
    }
}

#[test]
fn seeds_without_a_bug_have_nothing_wrong() {
    for seed in 0..200 {
        assert_eq!(run(seed).violations, [""; 0], "cargo xtask simulate --seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_seen() {
    let mut unseen = Vec::new();
    for bug in Bug::ALL {
        let first = (0..SEEDS_MAX)
            .map(|seed| run_over(seed, BuggyStore::new(bug)))
            .find(|run| !run.violations.is_empty());
        match first {
            Some(run) => println!("{bug:?}: seed {}, {}", run.seed, run.violations[0]),
            None => unseen.push(bug),
        }
    }
    assert!(unseen.is_empty(), "not seen in {SEEDS_MAX} seeds: {unseen:?}");
}
