//! How long a request takes, as a table of quantiles that somebody has published, and chance that a seed repeats.

use fastrand::Rng;

use crate::agenda::Time;

/// The quantiles of each table: the least, p50, p90, p95, p99, the most.
const QUANTILES: [f64; 6] = [0.0, 0.5, 0.9, 0.95, 0.99, 1.0];

/// A distribution of milliseconds. Between two quantiles each time is as likely as any other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency([Time; 6]);

/// Others' measurements of 2020, of 400 functions that asked DynamoDB in their own region
/// (<https://github.com/alexdebrie/dynamodb-performance-testing>). AWS itself says "single-digit milliseconds".
pub(crate) const PUT: Latency = Latency([5.47, 7.55, 11.3, 13.2, 16.2, 29.0]);
/// A `BatchWriteItem` of 25; here also for a `BatchGetItem` of up to 100.
pub(crate) const BATCH: Latency = Latency([7.96, 10.2, 16.0, 18.0, 27.6, 76.4]);
/// A `TransactWriteItems` of five, here for one of three; one that fails takes as long.
pub(crate) const TRANSACTION: Latency = Latency([19.4, 25.3, 30.7, 36.4, 92.5, 218.0]);

impl Latency {
    /// Of the same form, with this median: where nobody has published more than that, if anything.
    pub(crate) fn with_median(median: Time) -> Self {
        PUT.times(median / PUT.0[1])
    }

    /// So many times as long.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self(self.0.map(|time| time * factor))
    }

    pub(crate) fn sample(self, rng: &mut Rng) -> Time {
        let chance = rng.f64();
        let above = QUANTILES.iter().position(|quantile| chance < *quantile).unwrap_or(QUANTILES.len() - 1);
        let (low, high) = (QUANTILES[above - 1], QUANTILES[above]);
        let share = (chance - low) / (high - low);
        self.0[above - 1] + (self.0[above] - self.0[above - 1]) * share
    }
}

/// The time until the next of what comes by chance at a rate a millisecond.
pub(crate) fn exponential(rate: f64, rng: &mut Rng) -> Time {
    -(1.0 - rng.f64()).ln() / rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_the_quantiles_of_their_table() {
        let mut rng = Rng::with_seed(1);
        let mut samples: Vec<Time> = (0..100_000).map(|_| PUT.sample(&mut rng)).collect();
        samples.sort_by(f64::total_cmp);
        for (quantile, published) in [(0.5, 7.55), (0.9, 11.3), (0.99, 16.2)] {
            let sample = samples[(100_000.0 * quantile) as usize];
            assert!((sample / published - 1.0).abs() < 0.02, "{quantile}: {sample} for {published}");
        }
    }

    #[test]
    fn what_comes_by_chance_comes_at_its_rate() {
        let mut rng = Rng::with_seed(2);
        let sum: Time = (0..100_000).map(|_| exponential(0.25, &mut rng)).sum();
        assert!((sum / 100_000.0 / 4.0 - 1.0).abs() < 0.02, "{sum}");
    }
}
