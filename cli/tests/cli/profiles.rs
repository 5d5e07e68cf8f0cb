//! Profiles: made from a stack's outputs, used by name, removed.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Bench, ends, fails, stand_in::StandIn};

const OUTPUTS: [&str; 11] = [
    "ApiUrl",
    "OpenSearchUrl",
    "EventsTable",
    "JournalTable",
    "SummaryTable",
    "ParkedTable",
    "ProjectionsTable",
    "AnalyticsBucket",
    "AnalyticsWorkGroup",
    "AnalyticsDatabase",
    "UserPoolClientId",
];

/// What `aws cloudformation describe-stacks` prints of a stack with this API.
fn described(api_url: &str) -> String {
    let value = |name: &str| if name == "ApiUrl" { api_url.to_owned() } else { format!("the-{name}") };
    let output = |name: &&str| json!({ "OutputKey": name, "OutputValue": value(name), "Description": "…" });
    let stack = json!({
        "StackId": "arn:aws:cloudformation:eu-west-3:123456789012:stack/passbook/1f0e",
        "StackName": "passbook",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": OUTPUTS.iter().map(output).collect::<Vec<_>>(),
    });
    json!({ "Stacks": [stack] }).to_string()
}

/// Runs a command that reads a text.
#[track_caller]
fn given(command: &mut Command, text: &str) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn document(command: &mut Command) -> Value {
    serde_json::from_str(&ends(command, 0).0).unwrap()
}

#[test]
fn a_profile_is_made_from_outputs_used_and_removed() {
    let api = StandIn::start(|_| (200, json!({ "account_id": "mine", "version": 7 })));
    let bench = Bench::new("profiles", "http://127.0.0.1:1");
    given(&mut bench.passbook(&["profile", "add", "prod", "-"]), &described(&api.url));

    let shown = document(&mut bench.passbook(&["profile", "show", "prod", "--json"]));
    assert_eq!((&shown["region"], &shown["events_table"]), (&json!("eu-west-3"), &json!("the-EventsTable")));
    let listed = document(&mut bench.passbook(&["profile", "list", "--json"]));
    assert_eq!(
        (&listed["profiles"][0]["name"], &listed["profiles"][1]["name"]),
        (&json!("local"), &json!("prod"))
    );

    let account = ["account", "mine", "--json"];
    assert_eq!(document(bench.passbook(&account).env("PASSBOOK_PROFILE", "prod"))["version"], 7);
    // What is typed goes before what the environment says; of two in the environment the file is taken.
    let typed = ["--profile", "prod", "account", "mine", "--json"];
    assert_eq!(document(&mut bench.on_its_stack(&typed))["version"], 7);
    let typed_behind = ["account", "mine", "--json", "--profile", "prod"];
    assert_eq!(document(&mut bench.on_its_stack(&typed_behind))["version"], 7);
    ends(bench.on_its_stack(&account).env("PASSBOOK_PROFILE", "prod"), 5);

    ends(&mut bench.passbook(&["profile", "remove", "prod"]), 0);
    fails(&mut bench.passbook(&["profile", "remove", "prod"]), 2, "there is no profile prod");
    fails(&mut bench.passbook(&typed), 2, "there is no profile prod: `passbook profile list`");
}

#[test]
fn a_profile_holds_no_password_and_says_how_to_sign_in() {
    let bench = Bench::new("no-passwords", "http://127.0.0.1:1");
    given(&mut bench.passbook(&["profile", "add", "prod", "-"]), &described("https://api.example.com"));
    let mut token = bench.passbook(&["--profile", "prod", "token", "--user", "alice"]);
    fails(&mut token, 2, "set PASSBOOK_PASSWORD");
    let shown = document(&mut bench.on_its_stack(&["profile", "show", "--json"]));
    assert_eq!(shown["users"], json!(["alice"]));
    assert!(!shown.to_string().contains("secret"), "{shown}");
}

#[test]
fn what_is_no_profile_is_refused() {
    let bench = Bench::new("no-profile", "http://127.0.0.1:1");
    let file = bench.folder.join("described.json");
    std::fs::write(
        &file,
        r#"{"Stacks":[{"StackName":"other","StackId":"arn:aws:cloudformation:eu-west-3:1:stack/other/1"}]}"#,
    )
    .unwrap();
    let add = |name: &'static str| bench.passbook(&["profile", "add", name, "described.json"]);
    fails(&mut add("prod"), 2, "the stack other has no output ApiUrl");
    fails(&mut add("local"), 2, "local is what `cargo xtask up` writes");
    ends(&mut add("../prod"), 2);
    fails(&mut bench.passbook(&["profile", "remove", "local"]), 2, "`cargo xtask down`");
}
