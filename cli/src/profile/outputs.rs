//! What `aws cloudformation describe-stacks` prints, as a stack. Its outputs are declared in `template.yaml`.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{exit::Failure, stack::Stack};

/// The outputs that the command line needs, and what a stack's file calls them.
const OUTPUTS: [(&str, &str); 11] = [
    ("ApiUrl", "api_url"),
    ("OpenSearchUrl", "opensearch_url"),
    ("EventsTable", "events_table"),
    ("JournalTable", "journal_table"),
    ("SummaryTable", "summary_table"),
    ("ParkedTable", "parked_table"),
    ("ProjectionsTable", "projections_table"),
    ("AnalyticsBucket", "analytics_bucket"),
    ("AnalyticsWorkGroup", "analytics_work_group"),
    ("AnalyticsDatabase", "analytics_database"),
    ("UserPoolClientId", "user_pool_client_id"),
];

/// No output, but a parameter.
const PREFIX: (&str, &str) = ("AnalyticsPrefix", "analytics_prefix");

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    stacks: Vec<Described>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    stack_name: String,
    stack_id: String,
    #[serde(default)]
    outputs: Vec<Output>,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    #[serde(default)]
    parameter_value: String,
}

/// The one stack that is described.
pub(super) fn stack(printed: &str) -> Result<Stack> {
    let printed: Printed = serde_json::from_str(printed).map_err(|error| {
        let words = format!(
            "that is not what `aws cloudformation describe-stacks --stack-name … --output json` prints: {error}"
        );
        Failure::usage(words)
    })?;
    let [described] = printed.stacks.as_slice() else {
        let words = format!("{} stacks are described: name one with --stack-name", printed.stacks.len());
        return Err(Failure::usage(words).into());
    };
    let fields = fields(described)?;
    let missing: Vec<&str> =
        OUTPUTS.iter().filter(|(_, field)| !fields.contains_key(*field)).map(|(output, _)| *output).collect();
    if !missing.is_empty() {
        let words = format!(
            "the stack {} has no output {}: is it Passbook, whole and of this version? Deploy the template first",
            described.stack_name,
            missing.join(", ")
        );
        return Err(Failure::usage(words).into());
    }
    serde_json::from_value(Value::Object(fields)).context("the outputs do not describe a stack")
}

fn fields(described: &Described) -> Result<Map<String, Value>> {
    // arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}
    let region = described.stack_id.split(':').nth(3).filter(|region| !region.is_empty());
    let region =
        region.ok_or_else(|| Failure::usage(format!("{:?} is no stack's id", described.stack_id)))?;
    let outputs = described.outputs.iter().filter_map(|output| {
        let (_, field) = OUTPUTS.iter().find(|(name, _)| *name == output.output_key)?;
        Some(((*field).to_owned(), Value::from(output.output_value.as_str())))
    });
    let prefix = described.parameters.iter().filter(|parameter| parameter.parameter_key == PREFIX.0);
    let prefix =
        prefix.map(|parameter| (PREFIX.1.to_owned(), Value::from(parameter.parameter_value.as_str())));
    let name = ("name".to_owned(), Value::from(described.stack_name.as_str()));
    Ok([("region".to_owned(), Value::from(region)), name].into_iter().chain(outputs).chain(prefix).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(outputs: &[&str]) -> String {
        let output = |name: &&str| json!({ "OutputKey": name, "OutputValue": format!("the {name}") });
        let described = json!({
            "StackName": "passbook",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/passbook/0a1b",
            "Parameters": [{ "ParameterKey": "AnalyticsPrefix", "ParameterValue": "v7" }],
            "Outputs": outputs.iter().map(output).collect::<Vec<_>>(),
        });
        json!({ "Stacks": [described] }).to_string()
    }

    #[test]
    fn outputs_become_a_stack_in_the_region_of_its_id() {
        let mut outputs: Vec<&str> = OUTPUTS.iter().map(|(output, _)| *output).collect();
        outputs.push("HistoryQueueUrl");
        let stack = serde_json::to_value(stack(&printed(&outputs)).unwrap()).unwrap();
        assert_eq!(stack["region"], "eu-central-1");
        assert_eq!(stack["name"], "passbook");
        assert_eq!(stack["analytics_prefix"], "v7");
        for (output, field) in OUTPUTS {
            assert_eq!(stack[field], format!("the {output}"));
        }
        assert!(stack.get("history_queue_url").is_none());
    }

    #[test]
    fn the_template_declares_each_output_that_is_needed() {
        let template = include_str!("../../../template.yaml");
        let (_, outputs) = template.split_once("\nOutputs:\n").unwrap();
        for (output, _) in OUTPUTS {
            assert!(
                outputs.contains(&format!("\n  {output}:\n"))
                    || outputs.starts_with(&format!("  {output}:\n")),
                "{output}"
            );
        }
        assert!(template.contains(&format!("\n  {}:\n", PREFIX.0)));
    }

    #[test]
    fn what_is_no_passbook_stack_says_what_is_missing() {
        let error = |printed: &str| stack(printed).unwrap_err().to_string();
        let mut outputs: Vec<&str> = OUTPUTS.iter().map(|(output, _)| *output).collect();
        outputs.retain(|output| *output != "SummaryTable");
        assert!(error(&printed(&outputs)).contains("has no output SummaryTable: is it Passbook"));
        assert!(error(r#"{"Stacks":[]}"#).contains("0 stacks are described"));
        assert!(error("Unable to locate credentials").contains("describe-stacks"));
    }
}
