//! Each alarm of the stack goes by a metric that its trouble moves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use bank::eventually;

use crate::{
    ALONE,
    aws::{invoke, passbook},
    trouble::{TROUBLES, resource},
};

/// An alarm: the namespace, the name, the dimensions and the statistic of what it goes by.
pub(crate) struct Alarm {
    namespace: String,
    metric: String,
    dimensions: Value,
    statistic: String,
    is_on: bool,
    pub(crate) meaning: String,
}

/// Those that their trouble, as it is caused here, brings to an alarm: the others wait for more, or longer.
const ON_AT_ONCE: [&str; 13] = [
    "dead-letters-analytics",
    "dead-letters-history",
    "dead-letters-rebuild",
    "errors-analytics-compactor",
    "errors-relay",
    "errors-summary-projector",
    "idle-account-summary",
    "idle-journal",
    "lost-stream-records",
    "monitor-silent",
    "parked-account-summary",
    "parked-journal",
    "parked-transaction-history",
];

/// The alarms of the stack by their names.
pub(crate) fn alarms() -> BTreeMap<String, Alarm> {
    let listed = passbook(&["alarms"]).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let alarm = |alarm: &Value| {
        let metric = &alarm["metric"];
        let read = Alarm {
            namespace: text(&metric["namespace"]),
            metric: text(&metric["name"]),
            dimensions: metric["dimensions"].clone(),
            statistic: text(&metric["statistic"]),
            is_on: alarm["state"] == "ALARM",
            meaning: text(&alarm["meaning"]),
        };
        (text(&alarm["name"]), read)
    };
    listed.as_array().unwrap().iter().map(alarm).collect()
}

impl Alarm {
    /// What the metric was lately, 0 if nothing was told of it; of what goes by several or by silence,
    /// whether it is on.
    fn value(&self, name: &str) -> f64 {
        if self.namespace.is_empty() || self.is_of_silence() {
            return f64::from(u8::from(alarms()[name].is_on));
        }
        // A sum of few minutes loses at one end what it gains at the other.
        let minutes = if self.statistic == "Sum" { "60" } else { "3" };
        let told = passbook(&["metrics", "--minutes", minutes, "--namespace", &self.namespace]).unwrap();
        let is_it = |row: &&Value| row["metric"] == self.metric && row["dimensions"] == self.dimensions;
        let row = told.as_array().unwrap().iter().find(is_it).cloned().unwrap_or_default();
        row[self.statistic.to_ascii_lowercase()].as_f64().unwrap_or_default()
    }

    fn is_told_by_the_monitor(&self) -> bool {
        ["LagMs", "ParkedAccounts"].contains(&self.metric.as_str())
    }

    fn is_of_silence(&self) -> bool {
        self.meaning.ends_with("monitor-silent")
    }

    /// The function or the queue that it is about.
    pub(crate) fn subject(&self) -> &str {
        self.dimensions[0][1].as_str().unwrap()
    }
}

/// Every alarm is in the list of troubles, so that a new one without a trouble fails here.
#[tokio::test]
async fn each_alarms_metric_moves_when_its_trouble_is_caused() {
    let _alone = ALONE.lock().await;
    let alarms = alarms();
    let covered: BTreeSet<&str> = TROUBLES.iter().flat_map(|(names, _)| *names).copied().collect();
    assert_eq!(alarms.keys().map(String::as_str).collect::<BTreeSet<_>>(), covered);
    let monitor = resource("Monitor");
    for (names, trouble) in TROUBLES {
        let before: Vec<f64> = names.iter().map(|name| alarms[*name].value(name)).collect();
        let undo = trouble.cause(&alarms[names[0]], before[0]).await;
        for (&name, before) in names.iter().zip(before) {
            let alarm = &alarms[name];
            let after = eventually(&format!("a value of {name} above {before}"), async || {
                if alarm.is_told_by_the_monitor() {
                    // Once a minute on AWS; here nobody waits for that.
                    invoke(&monitor, "{}");
                }
                Some(alarm.value(name)).filter(|value| *value > before)
            })
            .await;
            if ON_AT_ONCE.contains(&name) {
                eventually(&format!("{name} is on"), async || self::alarms()[name].is_on.then_some(())).await;
            }
            println!("{name}: {} {} {before} -> {after}", alarm.statistic, alarm.metric);
        }
        drop(undo);
    }
}

#[tokio::test]
async fn each_alarm_says_where_in_the_runbook_to_go_on() {
    let runbook = include_str!("../../docs/RUNBOOK.md");
    for (name, alarm) in alarms() {
        assert!(alarm.meaning.ends_with(&format!("docs/RUNBOOK.md#{name}")), "{name}: {}", alarm.meaning);
        assert!(runbook.contains(&format!("\n### {name}\n")), "the runbook has nothing of {name}");
    }
}
