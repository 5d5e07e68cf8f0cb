//! Every alarm in the table of docs/OPERATIONS.md as the template has it.

#[cfg(test)]
mod tests {
    const TEMPLATE: &str = include_str!("../../../infra/observability.yaml");
    const DOCS: &str = include_str!("../../../docs/OPERATIONS.md");

    /// The value of a key in an alarm, without quotes.
    fn value<'a>(alarm: &'a str, key: &str) -> Option<&'a str> {
        let lines = alarm.lines().map(|line| line.trim_start().trim_start_matches("- "));
        let found = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).next()?;
        Some(found.trim_start_matches("!Sub ").trim_matches('"'))
    }

    /// What the alarm compares: a statistic of a metric, of whatever it is of; or an expression.
    fn compared(alarm: &str) -> String {
        if let Some(expression) = value(alarm, "Expression") {
            return format!("`{expression}`");
        }
        let statistic = value(alarm, "ExtendedStatistic").or(value(alarm, "Statistic")).unwrap();
        let of = value(alarm, "Dimensions").unwrap().trim_end_matches("}]");
        let of = of.rsplit("Value: ").next().unwrap().trim_start_matches("!Ref ");
        format!("{statistic} of `{}` of {of}", value(alarm, "MetricName").unwrap())
    }

    fn row(alarm: &str) -> String {
        let name = value(alarm, "AlarmName").unwrap().split('/').nth(1).unwrap();
        let comparison = match value(alarm, "ComparisonOperator").unwrap() {
            "GreaterThanThreshold" => ">",
            "GreaterThanOrEqualToThreshold" => "≥",
            "LessThanThreshold" => "<",
            other => panic!("{other} is not told of yet"),
        };
        let periods = value(alarm, "EvaluationPeriods").unwrap();
        let seconds: u32 = value(alarm, "Period").unwrap().parse().unwrap();
        let threshold = value(alarm, "Threshold").unwrap();
        let of = value(alarm, "DatapointsToAlarm").unwrap_or(periods);
        let missing = if value(alarm, "TreatMissingData").unwrap() == "breaching" { "yes" } else { "no" };
        let compared = compared(alarm);
        format!(
            "| [{name}](RUNBOOK.md#{name}) | {compared} {comparison} {threshold} | {of} of {periods}, {} min | {missing} |",
            seconds / 60
        )
    }

    #[test]
    fn the_table_of_alarms_is_the_templates() {
        let alarms = TEMPLATE.split("    Type: AWS::CloudWatch::Alarm\n").skip(1);
        let rows: Vec<String> = alarms.map(row).collect();
        assert!(rows.len() >= 20, "{rows:#?}");
        let table = rows.join("\n");
        assert!(DOCS.contains(&table), "docs/OPERATIONS.md has to have this table:\n{table}");
    }
}
