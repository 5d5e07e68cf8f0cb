//! The rate at which a design falls behind.

use crate::{design::Design, outcome::Outcome, run::run};

/// Rates between which it is looked for.
const RATES: (f64, f64) = (20.0, 120_000.0);

/// How close the two sides are at the end.
const RATIO: f64 = 1.02;

/// Above this rate, a few seconds are as good as many.
const HIGH_RATE: f64 = 4_000.0;
const HIGH_RATE_SECONDS: f64 = 25.0;

/// Below this one, there have to be more: percentiles are of so many commands at least.
const COMMANDS_MIN: f64 = 12_000.0;

/// Fewer seconds at a high rate and more at a low one: what happens is as much.
#[must_use]
pub(crate) fn bounded(mut design: Design) -> Design {
    if design.rate > HIGH_RATE {
        design.seconds = HIGH_RATE_SECONDS;
    }
    design.seconds = design.seconds.max(COMMANDS_MIN / design.rate);
    design
}

/// The highest rate a second, in commands, at which what is looked at keeps up; the upper end if it always does.
#[must_use]
pub(crate) fn saturation(design: impl Fn(f64) -> Design, keeps_up: fn(&Outcome) -> bool) -> f64 {
    let (mut low, mut high) = RATES;
    while high / low > RATIO {
        let middle = (low * high).sqrt();
        if keeps_up(&run(&bounded(design(middle)))) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_projects_in_a_known_time_saturates_where_that_time_says() {
        // One shard, batches of one: about 14 ms of work, and four requests one after the other of about 8 ms.
        let design = |rate| Design {
            shards: 1,
            summary_batch: 1,
            summary_factor: 1,
            relays: 1,
            seconds: 60.0,
            ..Design::as_built(rate)
        };
        let rate = saturation(design, Outcome::rows_keep_up);
        let batch_ms = 4.0 * 8.2 + 2.2 / 0.29;
        let formula = 1_000.0 / batch_ms / 1.3;
        assert!((rate / formula - 1.0).abs() < 0.1, "{rate} for {formula}");
    }
}
