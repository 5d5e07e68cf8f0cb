//! The stack's own AWS and the command line, as an operator has them.

use std::process::{Command, Output};

use serde_json::Value;

use bank::{machine, setting, tables};

/// What `aws` answers.
pub(crate) fn aws(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// Invokes a function, and does not mind if it fails or may not run.
pub(crate) fn invoke(function: &str, event: &str) {
    run(&["lambda", "invoke", "--function-name", function, "--payload", event, "/dev/null"]);
}

fn run(arguments: &[&str]) -> Output {
    let stack = tables();
    let mut command = Command::new(setting("PASSBOOK_AWS").unwrap());
    command.args(["--output", "json", "--endpoint-url", &stack.endpoint_url]).args(arguments);
    command.env("AWS_DEFAULT_REGION", stack.region);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").output().unwrap()
}

/// What `passbook … --json` prints, if it says that it is done; and so also if it found something that is not right.
pub(crate) fn passbook(arguments: &[&str]) -> Option<Value> {
    let output = Command::new(machine::program("passbook")).args(arguments).arg("--json").output().unwrap();
    serde_json::from_slice(&output.stdout).ok()
}
