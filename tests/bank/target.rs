//! A stack that was deployed by whatever means, found by its name: `TARGET=passbook`. Where, the environment says as to
//! `aws`, whose program (`PASSBOOK_AWS`, else the one on the path) is asked.

use std::{collections::HashMap, process::Command};

use serde_json::Value;

use crate::{Stack, User, new_key, setting};

/// The stack of this name.
pub(crate) fn stack(name: &str) -> Stack {
    let described = aws(&["cloudformation", "describe-stacks", "--stack-name", name]);
    let described = &described["Stacks"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outputs = described["Outputs"].as_array().unwrap().iter();
    let outputs: HashMap<String, String> =
        outputs.map(|output| (text(&output["OutputKey"]), text(&output["OutputValue"]))).collect();
    let output = |key: &str| outputs.get(key).unwrap_or_else(|| panic!("{name} has no output {key}")).clone();
    // arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}
    let region = text(&described["StackId"]).split(':').nth(3).unwrap().to_owned();
    let local = setting("AWS_ENDPOINT_URL");
    let on_aws = || format!("https://cognito-idp.{region}.amazonaws.com");
    let api_of = |url: &String| format!("{url}/_aws/execute-api/{}/$default", output("ApiId"));
    Stack {
        api_url: local.as_ref().map_or_else(|| output("ApiUrl"), api_of),
        cognito_url: local.clone().unwrap_or_else(on_aws),
        endpoint_url: local.unwrap_or_default(),
        events_table: output("EventsTable"),
        commands_table: output("CommandsTable"),
        parked_table: output("ParkedTable"),
        user_pool_id: output("UserPoolId"),
        user_pool_client_id: output("UserPoolClientId"),
        analytics_bucket: output("AnalyticsBucket"),
        analytics_compactor_name: output("AnalyticsCompactorName"),
        users: Vec::new(),
        name: name.to_owned(),
        region,
    }
}

/// A user of this name with a new password, made if there is none. `admin` is one of the bank's own people.
pub(crate) fn user(pool: &str, name: &str) -> User {
    // Cognito wants an upper and a lower case letter, a digit and a symbol.
    let password = format!("{}-aA1!", new_key());
    let of_user = ["--user-pool-id", pool, "--username", name];
    // That there is one already is as good.
    let _ = try_aws(
        &[&["cognito-idp", "admin-create-user", "--message-action", "SUPPRESS"], &of_user[..]].concat(),
    );
    let set = ["cognito-idp", "admin-set-user-password", "--permanent", "--password", &password];
    aws(&[&set[..], &of_user].concat());
    if name == "admin" {
        aws(&[&["cognito-idp", "admin-add-user-to-group", "--group-name", "admin"], &of_user[..]].concat());
    }
    User { name: name.to_owned(), password }
}

fn aws(arguments: &[&str]) -> Value {
    try_aws(arguments).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

fn try_aws(arguments: &[&str]) -> Result<Value, String> {
    let program = setting("PASSBOOK_AWS").unwrap_or_else(|| "aws".to_owned());
    let output = Command::new(program).args(["--output", "json"]).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}
