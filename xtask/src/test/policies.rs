//! What the templates promise: each function has the rights that it needs and no others over the events, and whatever
//! keeps data keeps it encrypted, for as long as it should.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    const TEMPLATE: &str = include_str!("../../../template.yaml");
    const DATA: &str = include_str!("../../../infra/data.yaml");
    const ANALYTICS: &str = include_str!("../../../infra/analytics.yaml");
    const SEARCH: &str = include_str!("../../../infra/search.yaml");

    /// The resources of a template by their names: each is indented by two, and its lines by more.
    fn resources(template: &'static str) -> BTreeMap<&'static str, String> {
        let mut resources = BTreeMap::<&str, String>::new();
        let mut current = None;
        let body = template.split_once("\nResources:\n").unwrap().1.split("\nOutputs:").next().unwrap();
        for line in body.lines() {
            if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':'))
                && !name.starts_with([' ', '#'])
            {
                current = Some(name);
            } else if let Some(name) = current {
                let text = resources.entry(name).or_default();
                text.push_str(line);
                text.push('\n');
            }
        }
        resources
    }

    fn of_type(template: &'static str, kind: &str) -> BTreeMap<&'static str, String> {
        let is_it = |text: &String| text.starts_with(&format!("    Type: {kind}\n"));
        resources(template).into_iter().filter(|(_, text)| is_it(text)).collect()
    }

    /// The actions that a function may do on what an output of the data template names.
    fn actions(function: &str, output: &str) -> Vec<String> {
        let statements = function.split("- Effect: Allow").skip(1);
        let on_it = statements.filter(|statement| {
            statement.split_once("Resource:").is_some_and(|(_, resource)| resource.contains(output))
        });
        let names = on_it.filter_map(|statement| statement.split_once("Action: ")?.1.lines().next());
        let names = names.flat_map(|line| line.trim_matches(['[', ']']).split(", "));
        names.map(str::to_owned).collect()
    }

    #[test]
    fn only_the_command_side_puts_events_and_nobody_changes_or_deletes_one() {
        let functions = of_type(TEMPLATE, "AWS::Serverless::Function");
        assert!(functions.len() >= 10, "{:?}", functions.keys());
        for (name, function) in &functions {
            let mut allowed = vec!["Query", "BatchGetItem", "Scan"];
            allowed.extend((*name == "CommandApi").then_some("PutItem"));
            for action in actions(function, "EventsTableArn") {
                let verb = action.strip_prefix("dynamodb:").unwrap();
                assert!(allowed.contains(&verb), "{name} may {action} on the events table");
            }
        }
        assert_eq!(
            actions(&functions["CommandApi"], "EventsTableArn"),
            ["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PutItem"]
        );
    }

    #[test]
    fn no_function_may_do_anything_on_everything() {
        for (name, function) in of_type(TEMPLATE, "AWS::Serverless::Function") {
            assert!(function.contains("Policies:"), "{name} has no policy of its own");
            for line in function.lines().filter(|line| line.contains("Action:") || line.contains("Resource:"))
            {
                let is_all = |word: &str| word.trim_matches([' ', '"', '[', ']', ',']) == "*";
                assert!(!line.split(' ').any(is_all) && !line.contains(":*\""), "{name}: {line}");
            }
        }
    }

    /// Searching by POST is allowed; with every path below the domain, so would writing and deleting be.
    #[test]
    fn who_may_only_read_the_history_can_do_nothing_but_look() {
        let read = &resources(SEARCH)["Read"];
        let below = read.split("${Domain.Arn}/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let below: Vec<&str> = below.collect();
        assert!(!below.is_empty(), "{read}");
        assert!(below.iter().all(|path| path.ends_with("/_search") || path.ends_with("/_mget")), "{below:?}");
    }

    #[test]
    fn whatever_keeps_data_keeps_it_encrypted_and_for_as_long_as_it_should() {
        let wanted: [(&str, &str, &[&str]); 5] = [
            (
                DATA,
                "AWS::DynamoDB::Table",
                &[
                    "SSEEnabled: true",
                    "PointInTimeRecoveryEnabled: true",
                    "DeletionPolicy: Retain",
                    "DeletionProtectionEnabled:",
                ],
            ),
            (TEMPLATE, "AWS::SQS::Queue", &["SqsManagedSseEnabled: true", "MessageRetentionPeriod: 1209600"]),
            (TEMPLATE, "AWS::Logs::LogGroup", &["RetentionInDays:"]),
            (
                ANALYTICS,
                "AWS::S3::Bucket",
                &["SSEAlgorithm:", "RestrictPublicBuckets: true", "DeletionPolicy: Retain"],
            ),
            (
                SEARCH,
                "AWS::OpenSearchService::Domain",
                &[
                    "EncryptionAtRestOptions: {Enabled: true}",
                    "NodeToNodeEncryptionOptions: {Enabled: true}",
                    "EnforceHTTPS: true",
                ],
            ),
        ];
        for (template, kind, properties) in wanted {
            let found = of_type(template, kind);
            assert!(!found.is_empty(), "there is no {kind}");
            for (name, text) in found {
                for property in properties {
                    assert!(text.contains(property), "{name} lacks {property}");
                }
            }
        }
    }
}
