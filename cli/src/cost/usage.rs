//! What each command, query and batch uses, in one file; each figure says how it is known.
//!
//! What is measured is held to the file by tests: `cli/tests/units`, and those that the figures name.

use std::{collections::BTreeMap, ops::Deref};

use anyhow::{Context, Result};
use domain::Decimal;
use serde::{Deserialize, Serialize};

const FILE: &str = include_str!("usage.json");

/// How a figure is known.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    /// A test measures it.
    Measured,
    /// It is so in the templates or in the code.
    Counted,
    /// AWS says so.
    Documented,
    /// Nobody has measured it.
    Assumed,
}

/// A figure with where it comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Figure {
    value: Decimal,
    pub(super) unit: String,
    pub(super) how: How,
    pub(super) by: String,
}

impl Deref for Figure {
    type Target = Decimal;

    fn deref(&self) -> &Decimal {
        &self.value
    }
}

/// All figures, by what they are about.
pub(super) type Figures = BTreeMap<String, BTreeMap<String, Figure>>;

/// Declares a group of figures of the file.
macro_rules! figures {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident),+ $(,)? })+) => {
        $(
            $(#[doc = $doc])*
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct $name { $(pub(super) $field: Figure),+ }
        )+
    };
}

figures! {
    Command {
        write_units, read_units, event_bytes, record_bytes, answer_bytes, item_trips, transaction_trips,
    }
    AccountQuery { read_units, catalog_read_units, answer_bytes }
    HistoryQuery { read_units, answer_bytes }
    HistoryFromEvents { read_units }
    Summary { batch_read_units, account_read_units, account_write_units }
    Relay {
        batch_read_units, commit_read_units, batch_write_units, commit_write_units, block_kb_write_units,
        block_bytes, entry_bytes, end_bytes, message_commit_bytes, item_trips,
    }
    HistoryProjector { batch_read_units, document_bytes }
    Analytics { block_puts, row_bytes }
    Compactor { commit_read_units, compaction_positions_max, run_requests, block_trips }
    Monitor { look_read_units, look_trips }
    Stream { shards_min, shard_write_units, polls_a_second, batch_commits_max }
    Queues { idle_receives_a_minute, mapped, chunk_bytes, record_days }
    Latency { item_ms, transaction_ms, search_ms, queue_ms, object_ms }
    Work { request_ms, batch_ms, commit_ms, processor_share, function_gb, compactor_gb, init_ms, init_share }
    Logs { request_bytes, batch_bytes, commit_bytes, span_bytes, platform_bytes, access_bytes }
    Stack { metrics, alarms, history_alarms, dashboards, search_gb, search_units, headers_bytes, item_bytes }
}

/// The whole file, with each group under its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Usage {
    pub(super) deposit: Command,
    pub(super) transfer: Command,
    pub(super) account_query: AccountQuery,
    pub(super) history_query: HistoryQuery,
    pub(super) history_from_events: HistoryFromEvents,
    pub(super) summary: Summary,
    pub(super) relay: Relay,
    pub(super) history: HistoryProjector,
    pub(super) analytics: Analytics,
    pub(super) compactor: Compactor,
    pub(super) monitor: Monitor,
    pub(super) stream: Stream,
    pub(super) queues: Queues,
    pub(super) latency: Latency,
    pub(super) work: Work,
    pub(super) logs: Logs,
    pub(super) stack: Stack,
}

impl Usage {
    pub(super) fn read() -> Result<Self> {
        serde_json::from_str(FILE).context("the figures of this build cannot be read")
    }

    /// The same file, to be listed.
    pub(super) fn figures() -> Result<Figures> {
        serde_json::from_str(FILE).context("the figures of this build cannot be read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../template.yaml");
    const SEARCH: &str = include_str!("../../../infra/search.yaml");
    const OBSERVABILITY: &str = include_str!("../../../infra/observability.yaml");

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// How often a line of a template is this.
    fn count(template: &str, line: &str) -> Decimal {
        Decimal::from(template.lines().filter(|one| one.trim() == line).count())
    }

    /// What follows on the first of these names.
    fn value<'t>(template: &'t str, name: &str) -> &'t str {
        template.split_once(name).unwrap().1.split([' ', ',', '}', '\n']).next().unwrap()
    }

    #[test]
    fn what_is_counted_is_so_in_the_templates_and_in_the_code() {
        let usage = Usage::read().unwrap();
        assert_eq!(count(OBSERVABILITY, "Type: AWS::CloudWatch::Alarm"), *usage.stack.alarms);
        let names = OBSERVABILITY.lines().filter(|line| line.contains("AlarmName"));
        let of_history = names.filter(|line| line.contains("history")).count();
        assert_eq!(Decimal::from(of_history), *usage.stack.history_alarms);
        assert_eq!(count(OBSERVABILITY, "Type: AWS::CloudWatch::Dashboard"), *usage.stack.dashboards);
        assert_eq!(number(value(SEARCH, "VolumeSize: ")), *usage.stack.search_gb);
        assert!(SEARCH.contains("{InstanceType: t3.small.search, InstanceCount: 1}"));
        assert_eq!(count(TEMPLATE, "Type: SQS"), *usage.queues.mapped);
        assert_eq!(number(value(TEMPLATE, "BatchSize: ")), *usage.stream.batch_commits_max);
        let mb = |gb: &Figure| (**gb * Decimal::from(1_024)).normalize().to_string();
        assert_eq!(value(TEMPLATE, "MemorySize: "), mb(&usage.work.function_gb));
        assert!(TEMPLATE.contains(&format!("MemorySize: {}\n", mb(&usage.work.compactor_gb))));
        let most = read_models::analytics::Limits::default().most;
        assert_eq!(Decimal::from(most), *usage.compactor.compaction_positions_max);
    }

    #[test]
    fn a_line_of_the_access_log_is_as_long_as_is_reckoned_with() {
        let format = TEMPLATE.split_once("Format: >-").unwrap().1;
        let mut line = format.lines().skip(1).take(2).map(str::trim).collect::<Vec<_>>().join(" ");
        for (variable, value) in [
            ("$context.requestId", "JKJaXmPLvHcESHA="),
            ("$context.requestTime", "10/Mar/2026:05:16:23 +0000"),
            ("$context.routeKey", "POST /{proxy+}"),
            ("$context.status", "201"),
            ("$context.responseLatency", "23"),
            ("$context.error.messageString", "\"-\""),
        ] {
            line = line.replace(variable, value);
        }
        let (bytes, said) = (Decimal::from(line.len()), *Usage::read().unwrap().logs.access_bytes);
        assert!(!line.contains("$context") && bytes <= said, "{line}");
        assert!(said <= bytes * Decimal::new(11, 1), "{bytes} bytes, logs.access_bytes says {said}");
    }
}
