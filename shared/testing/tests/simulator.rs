//! The simulator itself: a seed is a run, and no bug that was planted stays unseen.

use testing::simulator::{Bug, BuggyStore, run, run_over};

/// How many seeds a planted bug may take to be seen.
const SEEDS_MAX: u64 = 2_000;

#[test]
fn the_same_seed_is_the_same_run_to_the_last_step() {
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed));
    }
    assert_ne!(run(1).trace, run(2).trace);
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
