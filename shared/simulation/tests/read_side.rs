//! The read side's simulation: nothing is wrong in some hundred seeds, everything happens in them, and planted bugs are
//! seen. `cargo xtask simulate --side read` runs more.

#![expect(clippy::print_stdout, reason = "which seed sees a bug is worth reading")]

use simulation::{Bug, Run, run, story};

/// How many seeds are run here.
const SEEDS: u64 = 500;

/// How many a planted bug may take to be seen.
const BUG_SEEDS: u64 = 1_500;

#[test]
fn every_seed_ends_with_read_models_that_are_what_the_events_say() {
    for seed in 0..SEEDS {
        let Run { violations, .. } = run(seed, None);
        assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        assert_eq!(run(seed, None), run(seed, None));
    }
}

#[test]
fn a_seed_tells_its_story_and_always_the_same() {
    let told = story(1);
    assert!(told.iter().any(|line| line.contains("commit account-")), "{told:#?}");
    assert_eq!(story(1), told);
}

#[test]
fn everything_that_can_go_wrong_does() {
    let mut counts = testing::simulator::Counts::new();
    for seed in 0..SEEDS {
        for (what, times) in run(seed, None).counts {
            *counts.entry(what).or_default() += times;
        }
    }
    println!("{counts:?}");
    for what in [
        "answers lost",
        "batches delivered",
        "blocks handed on late",
        "bulk requests that fail half",
        "dead letters",
        "delivered again",
        "functions died",
        "poisoned",
        "queries answered",
        "reconciled",
        "records trimmed",
        "requests late",
        "requests lost",
        "shards split",
        "stale reads",
        "throttled",
    ] {
        assert!(counts.get(what).is_some_and(|times| *times > 10), "{what}: {counts:?}");
    }
}

#[test]
fn every_planted_bug_is_seen() {
    let mut unseen = Vec::new();
    for bug in Bug::ALL {
        match (0..BUG_SEEDS).map(|seed| run(seed, Some(bug))).find(|run| !run.violations.is_empty()) {
            Some(run) => println!("{bug:?}: seed {}, {}", run.seed, run.violations[0]),
            None => unseen.push(bug),
        }
    }
    assert!(unseen.is_empty(), "not seen in {BUG_SEEDS} seeds: {unseen:?}");
}
