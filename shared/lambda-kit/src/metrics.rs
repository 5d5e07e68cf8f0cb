//! Metrics as lines on the standard output, in the Embedded Metric Format: no request of its own, nothing to wait for.
//!
//! The format is that of "Specification: Embedded metric format" in AWS's guide.

use std::io::Write as _;

use application::ports::{Projection, ProjectionState};
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

/// How a projection stands, for whoever looks from outside: all of it, every time, so that an alarm can tell "none"
/// from "nobody looks".
#[derive(Clone, Copy, Debug)]
pub struct StateMetrics<'a>(pub &'a ProjectionState);

impl<P: Serialize> ProjectionMetrics<P> {
    /// Says it, if there is anything to say.
    pub fn log(&self, now: Timestamp) {
        if let Some(line) = self.line(now) {
            say(&line);
        }
    }

    fn line(&self, now: Timestamp) -> Option<Value> {
        let parked = Some(self.parked).filter(|parked| *parked > 0);
        let parked = parked.map(|parked| ("Parked", "Count", json!(parked)));
        let lag_ms =
            self.newest_recorded_at.map(|at| ("ProjectionLagMs", "Milliseconds", json!(ms(at, now))));
        let metrics: Vec<_> = parked.into_iter().chain(lag_ms).collect();
        (!metrics.is_empty()).then(|| embedded(&self.projection, now, metrics))
    }
}

impl StateMetrics<'_> {
    /// Says it.
    pub fn log(&self, now: Timestamp) {
        say(&self.line(now));
    }

    fn line(&self, now: Timestamp) -> Value {
        let ProjectionState { projection, lag, parked, .. } = self.0;
        let age = |since: Option<Timestamp>| json!(since.map_or(0, |since| ms(since, now)));
        embedded(
            projection,
            now,
            vec![
                ("LagCommits", "Count", json!(lag.commits)),
                ("LagMs", "Milliseconds", age(lag.since)),
                ("ParkedAccounts", "Count", json!(parked.accounts)),
                ("OldestParkedMs", "Milliseconds", age(parked.oldest)),
            ],
        )
    }
}

/// How long ago something was, in milliseconds.
fn ms(at: Timestamp, now: Timestamp) -> i64 {
    (now.as_micros() - at.as_micros()).max(0) / 1_000
}

/// A line of which metrics are made: their names, units and values.
fn embedded(
    projection: &impl Serialize,
    now: Timestamp,
    metrics: Vec<(&'static str, &'static str, Value)>,
) -> Value {
    let mut line = json!({ PROJECTION: projection });
    let mut named = Vec::with_capacity(metrics.len());
    for (name, unit, value) in metrics {
        line[name] = value;
        named.push(json!({ "Name": name, "Unit": unit }));
    }
    line["_aws"] = json!({
        "Timestamp": now.as_micros() / 1_000,
        "CloudWatchMetrics": [
            { "Namespace": NAMESPACE, "Dimensions": [[PROJECTION]], "Metrics": named },
        ],
    });
    line
}

/// A metric that cannot be said must not fail what it is about.
fn say(line: &Value) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use application::ports::{Lag, ParkedCount};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_look_from_outside_says_all_of_it_every_time() {
        let state = |lag, parked| ProjectionState {
            projection: Projection::Journal,
            position: 7,
            lag,
            parked,
            generations: None,
            rebuild: None,
        };
        let now = at("2026-11-24T09:30:01Z");
        let line = StateMetrics(&state(Lag::default(), ParkedCount::default())).line(now);
        assert_eq!(
            ["LagCommits", "LagMs", "ParkedAccounts", "OldestParkedMs"].map(|name| &line[name]),
            [0; 4]
        );
        let lag = Lag { commits: 3, is_at_least: false, since: Some(at("2026-11-24T09:30:00.25Z")) };
        let parked =
            ParkedCount { accounts: 2, is_at_least: false, oldest: Some(at("2026-11-24T09:29:01Z")) };
        let line = StateMetrics(&state(lag, parked)).line(now);
        let told =
            ["LagCommits", "LagMs", "ParkedAccounts", "OldestParkedMs"].map(|name| line[name].as_u64());
        assert_eq!(told, [3, 750, 2, 60_000].map(Some));
        let named = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        assert!(named.iter().all(|metric| line.get(metric["Name"].as_str().unwrap()).is_some()));
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
