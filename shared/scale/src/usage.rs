//! What commands and projectors use, from the file that `passbook cost` reckons with: one place for what was measured.

use serde_json::Value;

const FILE: &str = include_str!("../../../cli/src/cost/usage.json");

/// Figures of `cli/src/cost/usage.json`, where each says how it is known.
#[derive(Debug)]
pub(crate) struct Usage(Value);

impl Usage {
    pub(crate) fn read() -> Self {
        Self(serde_json::from_str(FILE).unwrap_or_default())
    }

    /// A figure by its group and name; not a number if there is none, which no test of this package passes over.
    pub(crate) fn figure(&self, group: &str, name: &str) -> f64 {
        self.0[group][name]["value"].as_str().and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_their_names() {
        assert!((Usage::read().figure("stream", "shard_write_units") - 1_000.0).abs() < f64::EPSILON);
        assert!(Usage::read().figure("stream", "no such").is_nan());
    }
}
