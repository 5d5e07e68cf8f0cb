//! Metrics as lines on the standard output, in the Embedded Metric Format: no request of its own, nothing to wait for.
//!
//! The format is that of "Specification: Embedded metric format" in AWS's guide.

pub mod cold_start;
mod projections;

use std::{io::Write as _, sync::OnceLock};

use domain::Timestamp;
use serde_json::{Map, Value, json};

use crate::config;

pub use projections::{ProjectionMetrics, StateMetrics};

/// Where the setting is that names the metrics' namespace.
const NAMESPACE_SETTING: &str = "METRICS_NAMESPACE";

/// The namespace of a stack's metrics: several stacks in one account and region must not add up.
#[must_use]
pub fn namespace_of(stack: &str) -> String {
    format!("Passbook/{stack}")
}

/// The namespace of this process's metrics.
fn namespace() -> &'static str {
    static NAMESPACE: OnceLock<String> = OnceLock::new();
    NAMESPACE.get_or_init(|| config::optional(NAMESPACE_SETTING).unwrap_or_else(|| "Passbook".to_owned()))
}

/// How many values of a metric one line may have.
pub const VALUES_MAX: usize = 100;

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Time.
    Milliseconds,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

/// Metrics of one moment, each counted under each set of dimensions that it is given.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    fields: Map<String, Value>,
    directives: Vec<Value>,
}

impl Metrics {
    /// Adds metrics under these dimensions: names, units, and a number each or up to [`VALUES_MAX`] of them.
    #[must_use]
    pub fn with(
        mut self,
        dimensions: &[(&'static str, &str)],
        metrics: impl IntoIterator<Item = (&'static str, Unit, Value)>,
    ) -> Self {
        let mut named = Vec::new();
        for (name, unit, value) in metrics {
            named.push(json!({ "Name": name, "Unit": unit.name() }));
            self.fields.insert(name.to_owned(), value);
        }
        if !named.is_empty() {
            let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
            self.directives
                .push(json!({ "Namespace": namespace(), "Dimensions": [names], "Metrics": named }));
            self.fields.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        }
        self
    }

    /// Adds what is no metric and costs nothing as one: for whoever reads the line.
    #[must_use]
    pub fn noting(mut self, name: &'static str, value: Map<String, Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Says them, if there are any. What cannot be said must not fail what it is about.
    pub fn log(self, now: Timestamp) {
        if let Some(line) = self.line(now) {
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }

    /// The line that says them; `None` if there are none.
    #[must_use]
    pub fn line(mut self, now: Timestamp) -> Option<Value> {
        if self.directives.is_empty() {
            return None;
        }
        let metadata = json!({ "Timestamp": now.as_micros() / 1_000, "CloudWatchMetrics": self.directives });
        self.fields.insert("_aws".to_owned(), metadata);
        Some(Value::Object(self.fields))
    }
}
