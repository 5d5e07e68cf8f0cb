//! The first event of each function: recorded ones, of which each takes what is one of its kind and can be answered with
//! success.

use std::time::SystemTime;

use serde_json::{Value, json};

const GATEWAY: &str = include_str!("../../shared/gateway/src/identity/command.json");
const STREAM: &str = include_str!("../../functions/summary-projector/fixtures/stream.json");
const HISTORY: &str = include_str!("../../functions/history-projector/fixtures/messages.json");
const ANALYTICS: &str = include_str!("../../functions/analytics-projector/fixtures/messages.json");
const SCHEDULE: &str = include_str!("schedule.json");

/// The account that the recorded events are of, and where in the stream's batch its first commit is.
const ACCOUNT: &str = "0192f7c1-a";
const OPENED: usize = 2;

/// The commit with which the account begins, as DynamoDB takes an item.
pub(crate) fn commit() -> Value {
    parsed(STREAM)["Records"][OPENED]["dynamodb"]["NewImage"].take()
}

/// What a function has to answer first.
pub(crate) fn of(function: &str) -> Value {
    match function {
        "bare" => json!({ "projection": "account-summary", "name": "none" }),
        "command-api" => {
            let body = json!({ "amount": "1.00" });
            request("POST", &format!("/v1/accounts/{ACCOUNT}/deposits"), Some(&body))
        }
        "query-api" => request("GET", &format!("/v1/accounts/{ACCOUNT}"), None),
        "admin-api" => request("GET", "/v1/admin/projections", None),
        "summary-projector" | "relay" => only(OPENED, STREAM),
        "history-projector" => only(0, HISTORY),
        "analytics-projector" => only(0, ANALYTICS),
        "rebuild-worker" => rebuild_task(),
        "analytics-compactor" | "monitor" => parsed(SCHEDULE),
        other => panic!("{other} has no event: give it one"),
    }
}

/// A request of one of the bank's own people, in a form in which API Gateway hands it on.
fn request(method: &str, path: &str, body: Option<&Value>) -> Value {
    let mut event = parsed(&GATEWAY.replace("GROUPS", "[admin]"));
    let context = &mut event["requestContext"];
    (context["http"]["method"], context["http"]["path"]) = (json!(method), json!(path));
    let route = format!("{method} /{{proxy+}}");
    context["routeKey"] = json!(route);
    event["routeKey"] = json!(route);
    event["rawPath"] = json!(path);
    event["pathParameters"]["proxy"] = json!(path.trim_start_matches('/'));
    event["headers"]["idempotency-key"] = json!(new_key());
    event["body"] = body.map(Value::to_string).into();
    event
}

/// One that no command had: when it was made.
fn new_key() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    format!("cold-start-{}", since.as_nanos())
}

/// A batch of only this record.
fn only(record: usize, batch: &str) -> Value {
    json!({ "Records": [parsed(batch)["Records"][record].take()] })
}

/// A task of a rebuild that is over: the worker looks it up, and is done.
fn rebuild_task() -> Value {
    let mut batch = only(0, HISTORY);
    let task = json!({
        "projection": "account-summary",
        "rebuild": "0192f7c1-0000-7000-8000-000000000001",
        "segment": 0,
    });
    batch["Records"][0]["body"] = json!(task.to_string());
    batch
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
