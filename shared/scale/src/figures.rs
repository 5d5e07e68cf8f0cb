//! What is said of many times.

/// Milliseconds, as many as there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Times(Vec<f32>);

/// Of times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// What one in a hundred exceeds.
    pub p99: f64,
    /// On average.
    pub mean: f64,
}

impl Times {
    pub(crate) fn add(&mut self, time: f64) {
        self.0.push(time as f32);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn percentiles(mut self) -> Percentiles {
        self.0.sort_by(f32::total_cmp);
        let at = |share: f64| {
            let place = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
            self.0.get(place).copied().map_or(0.0, f64::from)
        };
        let sum: f64 = self.0.iter().copied().map(f64::from).sum();
        Percentiles { p50: at(0.5), p99: at(0.99), mean: sum / (self.0.len().max(1) as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_least_that_so_many_do_not_exceed() {
        let mut times = Times::default();
        (1..=200).rev().for_each(|time| times.add(f64::from(time)));
        assert_eq!(times.percentiles(), Percentiles { p50: 100.0, p99: 198.0, mean: 100.5 });
        assert_eq!(Times::default().percentiles(), Percentiles::default());
    }
}
