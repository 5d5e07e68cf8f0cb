//! The dependency rule, held by a test: domain ← application ← {event-store, read-models, http-api} ← functions.

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use serde_json::Value;

    /// Of our own crates, each may use these and no others, its tests aside.
    const RULE: [(&str, &[&str]); 10] = [
        ("domain", &[]),
        ("application", &["domain"]),
        ("event-store", &["domain", "application"]),
        ("read-models", &["domain", "application"]),
        ("http-api", &["domain", "application"]),
        ("lambda-kit", &["domain", "application"]),
        ("gateway", &["domain", "application", "event-store", "http-api", "lambda-kit"]),
        ("testing", &["domain", "application"]),
        ("scale", &[]),
        ("simulation", &["domain", "application", "read-models", "testing"]),
    ];

    /// What the pure crates must not know, by the beginnings of names.
    const IMPURE: [&str; 7] = ["tokio", "aws-", "aws_", "lambda", "axum", "http", "reqwest"];

    fn dependencies() -> BTreeMap<String, Vec<String>> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
        let normal = |package: &Value| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            dependencies.filter(|dependency| dependency["kind"].is_null()).map(name).collect()
        };
        metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| (name(package), normal(package)))
            .collect()
    }

    #[test]
    fn no_crate_depends_on_one_that_the_rule_does_not_give_it() {
        let all = dependencies();
        for (package, allowed) in RULE {
            let own = all[package].iter().filter(|dependency| all.contains_key(*dependency));
            let wrong: Vec<_> = own.filter(|dependency| !allowed.contains(&dependency.as_str())).collect();
            assert!(wrong.is_empty(), "{package} must not depend on {wrong:?}");
        }
    }

    #[test]
    fn the_pure_crates_know_no_runtime_no_aws_and_no_http() {
        let all = dependencies();
        for package in ["domain", "application"] {
            let impure =
                |dependency: &&String| IMPURE.iter().any(|beginning| dependency.starts_with(beginning));
            let wrong: Vec<_> = all[package].iter().filter(impure).collect();
            assert!(wrong.is_empty(), "{package} must not depend on {wrong:?}");
        }
    }
}
