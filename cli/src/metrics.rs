//! `passbook metrics`: what the functions say of themselves, as CloudWatch adds it up.

use anyhow::{Context, Result};
use application::ports::Environment as _;
use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat},
};
use clap::Args;
use lambda_kit::{SystemEnvironment, metrics::namespace_of};
use serde::Serialize;

use crate::{exit::Exit, output, stack::Stack, table};

/// The most queries of one request: CloudWatch's limit is 500.
const QUERIES_MAX: usize = 500;

/// What is asked of each metric: how often it was told, all of it, and how it spreads.
const STATISTICS: [&str; 5] = ["SampleCount", "Sum", "p50", "p99", "Maximum"];

const EXAMPLES: &str = "Examples:
  passbook metrics
  passbook metrics --minutes 5
  passbook metrics --json | jq '.[] | select(.metric == \"ProjectionLagMs\")'
  passbook metrics --namespace AWS/Lambda

What each metric means is in docs/OPERATIONS.md. On AWS they are a minute or two behind.";

/// Show metrics: requests by what came of them, conflicts, capacity units, lags, cold starts.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Of the last so many minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    minutes: u32,
    /// Whose metrics [default: the stack's own].
    #[arg(long)]
    namespace: Option<String>,
}

#[derive(Serialize)]
struct Row {
    metric: String,
    dimensions: Vec<(String, String)>,
    samples: f64,
    sum: f64,
    p50: f64,
    p99: f64,
    maximum: f64,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, json: bool) -> Result<Exit> {
    let client = Client::new(&stack.aws().await);
    let namespace = match &arguments.namespace {
        Some(namespace) => namespace.clone(),
        None => namespace_of(&stack.name()?),
    };
    let pages = client.list_metrics().namespace(namespace).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.context("the metrics cannot be listed")?;
    let metrics: Vec<Metric> = pages.into_iter().flat_map(|page| page.metrics.unwrap_or_default()).collect();
    let mut rows = Vec::new();
    for metrics in metrics.chunks(QUERIES_MAX / STATISTICS.len()) {
        rows.extend(values(&client, metrics, arguments.minutes).await?);
    }
    rows.sort_by(|a, b| (&a.metric, &a.dimensions).cmp(&(&b.metric, &b.dimensions)));
    if json {
        output::json(&rows)?;
    } else {
        let headings = ["metric", "of", "samples", "sum", "p50", "p99", "max"];
        let rows: Vec<Vec<String>> = rows.iter().map(Row::cells).collect();
        output::text(&table::render(&headings, &rows, &[2, 3, 4, 5, 6]))?;
    }
    Ok(Exit::Done)
}

/// Those of these metrics that were told in the last so many minutes.
async fn values(client: &Client, metrics: &[Metric], minutes: u32) -> Result<Vec<Row>> {
    let seconds = 60 * i32::try_from(minutes)?;
    let now = SystemEnvironment.now();
    let at = |seconds| DateTime::from_millis(now.plus_seconds(seconds).as_micros() / 1_000);
    let mut request = client.get_metric_data().start_time(at(-i64::from(seconds))).end_time(at(1));
    for (index, metric) in metrics.iter().enumerate() {
        for statistic in STATISTICS {
            let asked = MetricStat::builder().metric(metric.clone()).stat(statistic);
            let asked = asked.period(seconds).build();
            let id = format!("m{index}_{}", statistic.to_ascii_lowercase());
            request =
                request.metric_data_queries(MetricDataQuery::builder().id(id).metric_stat(asked).build());
        }
    }
    let answer = request.send().await.context("the metrics cannot be read")?;
    let value = |index: usize, statistic: &str| {
        let id = format!("m{index}_{}", statistic.to_ascii_lowercase());
        let result = answer.metric_data_results().iter().find(|result| result.id() == Some(&id))?;
        // A window that is not that of CloudWatch's own clock is two periods.
        let values = result.values().iter().copied();
        let is_sum = matches!(statistic, "SampleCount" | "Sum");
        values.reduce(if is_sum { |a, b| a + b } else { f64::max })
    };
    let row = |(index, metric): (usize, &Metric)| {
        let samples = value(index, "SampleCount")?;
        let [sum, p50, p99, maximum] =
            ["Sum", "p50", "p99", "Maximum"].map(|statistic| value(index, statistic).unwrap_or_default());
        let dimensions = metric.dimensions().iter().map(name_and_value).collect();
        let metric = metric.metric_name().unwrap_or_default().to_owned();
        Some(Row { metric, dimensions, samples, sum, p50, p99, maximum })
    };
    Ok(metrics.iter().enumerate().filter_map(row).collect())
}

fn name_and_value(dimension: &Dimension) -> (String, String) {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(dimension.name()), text(dimension.value()))
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let of: Vec<&str> = self.dimensions.iter().map(|(_, value)| value.as_str()).collect();
        let numbers = [self.samples, self.sum, self.p50, self.p99, self.maximum];
        let cells = [self.metric.clone(), of.join(" ")].into_iter();
        cells.chain(numbers.map(|number| format!("{}", (number * 10.0).round() / 10.0))).collect()
    }
}
