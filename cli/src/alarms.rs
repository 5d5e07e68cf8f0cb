//! `passbook alarms`: the stack's alarms, and where in the runbook to go on.

use anyhow::{Context, Result};
use aws_sdk_cloudwatch::{
    Client,
    operation::describe_alarms::DescribeAlarmsOutput,
    primitives::DateTimeFormat as Format,
    types::{MetricAlarm, StateValue},
};
use clap::Args;
use serde::Serialize;

use crate::{
    exit::Exit,
    output::{self, BAD, GOOD, styled},
    stack::Stack,
    table,
};

const EXAMPLES: &str = "Examples:
  passbook alarms
  passbook alarms --json | jq -r '.[] | select(.state == \"ALARM\") | .name'
  passbook --profile prod alarms

The exit code is 3 if there is an alarm. What an alarm means and what to do is in docs/RUNBOOK.md under its name.";

/// Show the alarms of the stack: their states, what they go by, and what to do.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

#[derive(Serialize)]
struct Alarm {
    name: String,
    state: String,
    /// Since when it is in this state.
    since: String,
    why: String,
    meaning: String,
    metric: Metric,
    comparison: String,
    threshold: f64,
}

/// What an alarm goes by, as it is asked for.
#[derive(Serialize)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
    statistic: String,
}

pub(crate) async fn run(stack: &Stack, _: &Arguments, json: bool) -> Result<Exit> {
    // A stack's name has no slash in it: what begins so is of this stack, and not of one whose name begins alike.
    let prefix = format!("{}/", stack.name()?);
    let client = Client::new(&stack.aws().await);
    let pages = client.describe_alarms().alarm_name_prefix(&prefix).into_paginator();
    let pages = pages.send().collect::<Result<Vec<_>, _>>().await.context("the alarms cannot be read")?;
    let described = pages.iter().flat_map(DescribeAlarmsOutput::metric_alarms);
    let mut alarms: Vec<Alarm> = described.map(|alarm| Alarm::of(alarm, &prefix)).collect();
    // What is wrong comes first.
    alarms.sort_by_key(|alarm| !alarm.is_on());
    let is_quiet = !alarms.iter().any(Alarm::is_on);
    if json {
        output::json(&alarms)?;
    } else {
        let rows: Vec<Vec<String>> = alarms.iter().map(Alarm::row).collect();
        let headings = ["alarm", "state", "since", "metric", "threshold", "meaning"];
        output::text(&table::render(&headings, &rows, &[4]))?;
    }
    Ok(Exit::right_if(is_quiet))
}

impl Alarm {
    fn of(alarm: &MetricAlarm, prefix: &str) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let statistic = alarm.extended_statistic().or(alarm.statistic().map(|basic| basic.as_str()));
        let dimensions = alarm.dimensions().iter();
        let dimensions = dimensions.map(|dimension| (text(dimension.name()), text(dimension.value())));
        let name = text(alarm.alarm_name());
        // By arithmetic over several metrics: what is compared is the one without a metric of its own.
        let expression = alarm.metrics().iter().find_map(|part| part.expression());
        let since = alarm.state_updated_timestamp().and_then(|time| time.fmt(Format::DateTime).ok());
        Self {
            name: name.strip_prefix(prefix).unwrap_or(&name).to_owned(),
            state: text(alarm.state_value().map(StateValue::as_str)),
            since: since.unwrap_or_default(),
            why: text(alarm.state_reason()),
            meaning: text(alarm.alarm_description()),
            metric: Metric {
                namespace: text(alarm.namespace()),
                name: text(expression.or(alarm.metric_name())),
                dimensions: dimensions.collect(),
                statistic: text(statistic),
            },
            comparison: text(alarm.comparison_operator().map(|operator| operator.as_str())),
            threshold: alarm.threshold().unwrap_or_default(),
        }
    }

    fn is_on(&self) -> bool {
        self.state == StateValue::Alarm.as_str()
    }

    fn row(&self) -> Vec<String> {
        let style = if self.is_on() { BAD } else { GOOD };
        let Metric { namespace, name, dimensions, statistic } = &self.metric;
        let of: Vec<&str> = dimensions.iter().map(|(_, value)| value.as_str()).collect();
        vec![
            self.name.clone(),
            styled(style, &self.state).to_string(),
            self.since.clone(),
            if namespace.is_empty() {
                name.clone()
            } else {
                format!("{statistic} of {namespace} {name} {}", of.join(" "))
            },
            self.threshold.to_string(),
            self.meaning.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::primitives::DateTime;

    use super::*;

    #[test]
    fn an_alarm_says_since_when_it_is_on() {
        let described = MetricAlarm::builder()
            .alarm_name("passbook-lag-journal")
            .state_value(StateValue::Alarm)
            .state_updated_timestamp(DateTime::from_secs(1_795_822_200))
            .build();
        let alarm = Alarm::of(&described, "passbook-");
        assert_eq!((alarm.name.as_str(), alarm.is_on()), ("lag-journal", true));
        assert_eq!(alarm.since, "2026-11-27T23:30:00Z");
        assert!(alarm.row().contains(&alarm.since));
    }
}
