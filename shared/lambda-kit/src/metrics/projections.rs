//! How far projections are, as they say of themselves and as it is seen from outside.

use std::time::Duration;

use application::{Origin, ports::ProjectionState};
use domain::Timestamp;
use serde_json::{Value, json};

use super::{Metrics, Unit, VALUES_MAX};

/// The one dimension.
const PROJECTION: &str = "Projection";

/// What a projector has to say of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionMetrics<'a> {
    /// Which projection.
    pub projection: &'a str,
    /// How many accounts were parked (`Parked`); told only if there are any.
    pub parked: usize,
    /// The commits of the batch: how many (`BatchCommits`), and how long ago each was recorded (`ProjectionLagMs`).
    pub origins: &'a [Origin],
}

/// How a projection stands, for whoever looks from outside: all of it, every time, so that an alarm can tell "none"
/// from "nobody looks".
#[derive(Clone, Copy, Debug)]
pub struct StateMetrics<'a>(pub &'a ProjectionState);

impl ProjectionMetrics<'_> {
    /// Says it, if there is anything to say.
    pub fn log(&self, now: Timestamp) {
        for metrics in self.metrics(now) {
            metrics.log(now);
        }
    }

    /// What is said of the batch once, and the lags in as many lines as they take.
    fn metrics(&self, now: Timestamp) -> impl Iterator<Item = Metrics> {
        let parked = (self.parked > 0).then(|| ("Parked", Unit::Count, json!(self.parked)));
        let commits =
            (!self.origins.is_empty()).then(|| ("BatchCommits", Unit::Count, json!(self.origins.len())));
        let of = |metrics: Vec<_>| Metrics::default().with(&[(PROJECTION, self.projection)], metrics);
        let batch = of(parked.into_iter().chain(commits).collect());
        let lags = self.origins.chunks(VALUES_MAX).map(move |origins| {
            let lags: Vec<u64> = origins.iter().map(|origin| ms(origin.age(now))).collect();
            of(vec![("ProjectionLagMs", Unit::Milliseconds, json!(lags))])
        });
        std::iter::once(batch).chain(lags)
    }
}

impl StateMetrics<'_> {
    /// Says it.
    pub fn log(&self, now: Timestamp) {
        self.metrics(now).log(now);
    }

    fn metrics(&self, now: Timestamp) -> Metrics {
        let ProjectionState { projection, lag, parked, .. } = self.0;
        let age = |since: Option<Timestamp>| json!(since.map_or(0, |since| ms(since.until(now))));
        let metrics: [(_, _, Value); 4] = [
            ("LagCommits", Unit::Count, json!(lag.commits)),
            ("LagMs", Unit::Milliseconds, age(lag.since)),
            ("ParkedAccounts", Unit::Count, json!(parked.accounts)),
            ("OldestParkedMs", Unit::Milliseconds, age(parked.oldest)),
        ];
        Metrics::default().with(&[(PROJECTION, &projection.to_string())], metrics)
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use application::ports::{Lag, ParkedCount, Projection};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn origin(version: u64, recorded_at: &str) -> Origin {
        Origin {
            commit: "5f2b8c1d09e7a364".to_owned(),
            version,
            recorded_at: at(recorded_at),
            traceparent: None,
        }
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
        let told = |state: &ProjectionState| {
            let line = StateMetrics(state).metrics(now).line(now).unwrap();
            let named = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().clone();
            assert!(named.iter().all(|metric| line.get(metric["Name"].as_str().unwrap()).is_some()));
            ["LagCommits", "LagMs", "ParkedAccounts", "OldestParkedMs"].map(|name| line[name].as_u64())
        };
        assert_eq!(told(&state(Lag::default(), ParkedCount::default())), [Some(0); 4]);
        let lag = Lag { commits: 3, is_at_least: false, since: Some(at("2026-11-24T09:30:00.25Z")) };
        let parked =
            ParkedCount { accounts: 2, is_at_least: false, oldest: Some(at("2026-11-24T09:29:01Z")) };
        assert_eq!(told(&state(lag, parked)), [3, 750, 2, 60_000].map(Some));
    }

    #[test]
    fn a_batch_says_what_was_parked_how_many_commits_it_had_and_how_old_each_is() {
        // The last one's recorder has a clock that is ahead, which makes no negative lag.
        let origins = [origin(1, "2026-11-24T09:30:00.25Z"), origin(2, "2026-11-24T09:30:02Z")];
        let metrics = ProjectionMetrics { projection: "account-summary", parked: 2, origins: &origins };
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_512_601_000_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Passbook",
                    "Dimensions": [["Projection"]],
                    "Metrics": [
                        { "Name": "Parked", "Unit": "Count" },
                        { "Name": "BatchCommits", "Unit": "Count" },
                    ],
                }],
            },
            "Projection": "account-summary",
            "Parked": 2,
            "BatchCommits": 2,
        });
        let now = at("2026-11-24T09:30:01Z");
        let lines: Vec<Value> = metrics.metrics(now).filter_map(|metrics| metrics.line(now)).collect();
        let [batch, lags] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(*batch, expected);
        assert_eq!(lags["ProjectionLagMs"], json!([750, 0]));
    }

    #[test]
    fn no_line_has_more_values_than_the_format_takes() {
        let origins: Vec<Origin> = (1..=250).map(|version| origin(version, "2026-11-24T09:30:00Z")).collect();
        let now = at("2026-11-24T09:30:01Z");
        let metrics = ProjectionMetrics { projection: "journal", parked: 0, origins: &origins };
        let lines: Vec<Value> = metrics.metrics(now).filter_map(|metrics| metrics.line(now)).collect();
        let lags = lines.iter().filter_map(|line| line["ProjectionLagMs"].as_array().map(Vec::len));
        assert_eq!(lags.collect::<Vec<_>>(), [VALUES_MAX, VALUES_MAX, 50]);
        assert_eq!(lines[0]["BatchCommits"], 250);
    }

    #[test]
    fn a_batch_without_commits_and_without_poison_says_nothing() {
        let now = at("2026-11-24T09:30:01Z");
        let metrics = ProjectionMetrics { projection: "transaction-history", parked: 0, origins: &[] };
        assert_eq!(metrics.metrics(now).filter_map(|metrics| metrics.line(now)).count(), 0);
    }

    /// What `passbook cost` goes by; the line of the log is as the relay writes it.
    #[test]
    fn a_batch_leaves_as_many_bytes_of_logs_as_are_reckoned_with() {
        let log = r#"{"level":"INFO","fields":{"message":"relayed","records":100,"journaled":100,"blocks":1,"parked":0},"target":"relay::handler"}"#;
        let now = at("2026-11-24T09:30:01Z");
        let line = |commits: u64| {
            let origins: Vec<Origin> =
                (0..commits).map(|version| origin(version, "2026-11-24T09:29:59Z")).collect();
            let metrics =
                ProjectionMetrics { projection: "transaction-history", parked: 0, origins: &origins };
            let lines = metrics.metrics(now).filter_map(|metrics| metrics.line(now));
            lines.map(|line| line.to_string().len()).sum::<usize>()
        };
        let of_commit = (line(100) - line(1)).div_ceil(99);
        let usage: Value = serde_json::from_str(include_str!("../../../../cli/src/cost/usage.json")).unwrap();
        for (name, bytes) in [("batch_bytes", log.len() + line(1) - of_commit), ("commit_bytes", of_commit)] {
            let said: usize = usage["logs"][name]["value"].as_str().unwrap().parse().unwrap();
            assert!((said * 9 / 10..=said).contains(&bytes), "{bytes} bytes, logs.{name} says {said}");
        }
    }
}
