//! Metrics as lines on the standard output, in the Embedded Metric Format: no request of its own, nothing to wait for.
//!
//! The format is that of "Specification: Embedded metric format" in AWS's guide.

use std::io::Write as _;

use application::ports::Projection;
use domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// The namespace of all metrics.
const NAMESPACE: &str = "Passbook";

/// The one dimension.
const PROJECTION: &str = "Projection";

/// What a projector has to say of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionMetrics<P = Projection> {
    /// Which projection; of one that parks nothing, its name.
    pub projection: P,
    /// How many accounts were parked (`Parked`); told only if there are any.
    pub parked: usize,
    /// When the newest commit of the batch was recorded; how long ago that is, is `ProjectionLagMs`.
    pub newest_recorded_at: Option<Timestamp>,
}

impl<P: Serialize> ProjectionMetrics<P> {
    /// Says it, if there is anything to say.
    pub fn log(&self, now: Timestamp) {
        if let Some(line) = self.line(now) {
            // A metric that cannot be said must not fail the batch that it is about.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }

    fn line(&self, now: Timestamp) -> Option<Value> {
        let lag_ms = self.newest_recorded_at.map(|at| (now.as_micros() - at.as_micros()).max(0) / 1_000);
        let parked = Some(self.parked).filter(|parked| *parked > 0);
        let mut line = json!({ PROJECTION: self.projection });
        let mut metrics = Vec::new();
        if let Some(parked) = parked {
            line["Parked"] = json!(parked);
            metrics.push(json!({ "Name": "Parked", "Unit": "Count" }));
        }
        if let Some(lag_ms) = lag_ms {
            line["ProjectionLagMs"] = json!(lag_ms);
            metrics.push(json!({ "Name": "ProjectionLagMs", "Unit": "Milliseconds" }));
        }
        if metrics.is_empty() {
            return None;
        }
        line["_aws"] = json!({
            "Timestamp": now.as_micros() / 1_000,
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [[PROJECTION]], "Metrics": metrics },
            ],
        });
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_batch_says_what_was_parked_and_how_old_its_newest_commit_is() {
        let metrics = ProjectionMetrics {
            projection: Projection::AccountSummary,
            parked: 2,
            newest_recorded_at: Some(at("2026-11-24T09:30:00.25Z")),
        };
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_512_601_000_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Passbook",
                    "Dimensions": [["Projection"]],
                    "Metrics": [
                        { "Name": "Parked", "Unit": "Count" },
                        { "Name": "ProjectionLagMs", "Unit": "Milliseconds" },
                    ],
                }],
            },
            "Projection": "account-summary",
            "Parked": 2,
            "ProjectionLagMs": 750,
        });
        assert_eq!(metrics.line(at("2026-11-24T09:30:01Z")), Some(expected));
    }

    #[test]
    fn a_batch_without_commits_and_without_poison_says_nothing() {
        let projection = Projection::TransactionHistory;
        let metrics = ProjectionMetrics { projection, parked: 0, newest_recorded_at: None };
        assert_eq!(metrics.line(at("2026-11-24T09:30:01Z")), None);
    }

    #[test]
    fn a_recorder_whose_clock_is_ahead_makes_no_negative_lag() {
        let newest_recorded_at = Some(at("2026-11-24T09:30:02Z"));
        let projection = Projection::TransactionHistory;
        let line =
            ProjectionMetrics { projection, parked: 0, newest_recorded_at }.line(at("2026-11-24T09:30:01Z"));
        assert_eq!(line.unwrap()["ProjectionLagMs"], 0);
    }
}
