//! Troubles, as they come about: each is caused, and undone afterwards.

use std::{process::Command, time::Duration};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use bank::{Bank, clock::pause, machine::processes, new_key, tables};

use crate::{
    alarms::Alarm,
    aws::{aws, invoke},
};

/// How long a poll may still be under way after its mapping was switched off.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// Of the alarms for what stands still.
const PERIOD: Duration = Duration::from_secs(61);

/// Who has the account that all of it is done with, and the accounts of the trace.
pub(crate) const CUSTOMER: &str = "customer-21";

/// What brings about the alarms of these names.
pub(crate) const TROUBLES: [(&[&str], Trouble); 19] = [
    (&["parked-account-summary", "parked-journal"], Trouble::UnreadableItems),
    (&["parked-transaction-history"], Trouble::UnreadableMessages),
    (&["lag-account-summary"], Trouble::Stopped("SummaryProjector")),
    (&["lag-transaction-history"], Trouble::Stopped("HistoryProjector")),
    (&["lag-journal"], Trouble::Late("Relay")),
    (&["lag-analytics"], Trouble::Stopped("AnalyticsProjector")),
    (&["dead-letters-history"], Trouble::Garbage("HistoryQueue")),
    (&["dead-letters-analytics"], Trouble::Garbage("AnalyticsQueue")),
    (&["dead-letters-rebuild"], Trouble::Garbage("RebuildQueue")),
    (&["monitor-silent"], Trouble::Silence),
    (&["idle-account-summary", "idle-journal"], Trouble::Idle),
    (&["errors-summary-projector"], Trouble::WrongEvent),
    (&["errors-relay"], Trouble::WrongEvent),
    (&["errors-analytics-compactor"], Trouble::NoBucket),
    (&["throttles-command-api"], Trouble::NoConcurrency),
    (&["api-failures"], Trouble::Killed("QueryApi")),
    (&["api-latency"], Trouble::Hanging("QueryApi")),
    (&["hot-accounts"], Trouble::Contention),
    (&["lost-stream-records"], Trouble::LostRecords),
];

/// Something that goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    /// Items of the events table that are no commits, one more than accounts are parked.
    UnreadableItems,
    /// Commits on their way to the history without an event in them, as many.
    UnreadableMessages,
    /// A function that is given nothing any more.
    Stopped(&'static str),
    /// A function that is given what there is only after a while.
    Late(&'static str),
    /// A message that nobody can read, in a queue that tries it once.
    Garbage(&'static str),
    /// A monitor that nobody starts.
    Silence,
    /// Nobody takes commits from the stream, for over a minute.
    Idle,
    /// An event that the function cannot read.
    WrongEvent,
    /// A bucket that is not there.
    NoBucket,
    /// A function that may not run.
    NoConcurrency,
    /// Processes of a function that do not go on.
    Hanging(&'static str),
    /// A process of a function that dies with a request in it.
    Killed(&'static str),
    /// Many commands on one account.
    Contention,
    /// What Lambda says of records that expired. The local stack keeps no such promise, so it is said in its place.
    LostRecords,
}

/// What sets things right again when it is dropped, also after a failure: commands for `aws`.
#[must_use]
pub(crate) struct Undo(Vec<Vec<String>>);

impl Drop for Undo {
    fn drop(&mut self) {
        for command in &self.0 {
            run(command);
        }
    }
}

fn run(command: &[String]) -> Value {
    aws(&command.iter().map(String::as_str).collect::<Vec<_>>())
}

impl Trouble {
    /// Causes it, for an alarm whose metric has this value.
    pub(crate) async fn cause(self, alarm: &Alarm, value: f64) -> Undo {
        match self {
            Self::UnreadableItems => more_than(value, unreadable_item),
            Self::UnreadableMessages => more_than(value, unreadable_message),
            Self::Stopped(function) => stopped(function).await,
            Self::Late(function) => late(function, value).await,
            Self::Garbage(queue) => garbage(queue),
            Self::Silence => silence(),
            Self::Idle => idle().await,
            Self::WrongEvent => {
                invoke(alarm.subject(), r#"{"Records":"none"}"#);
                Undo(Vec::new())
            }
            Self::NoBucket => no_bucket(alarm.subject()),
            Self::NoConcurrency => no_concurrency(alarm.subject()),
            Self::Hanging(function) => {
                hold(function, Duration::from_secs_f64(value / 1_000.0 + 1.0), "-CONT").await
            }
            Self::Killed(function) => hold(function, Duration::from_millis(200), "-KILL").await,
            Self::Contention => contention().await,
            Self::LostRecords => lost_records(alarm.subject()),
        }
    }
}

/// A command for `aws`: words, and after them a text that may have spaces in it.
fn command(words: &str, text: Option<&str>) -> Vec<String> {
    words.split_whitespace().chain(text).map(str::to_owned).collect()
}

/// The physical name of a part of the stack's template.
pub(crate) fn resource(logical: &str) -> String {
    let words = format!(
        "cloudformation describe-stack-resource --stack-name {} --logical-resource-id",
        tables().name
    );
    let found = run(&command(&words, Some(logical)));
    found["StackResourceDetail"]["PhysicalResourceId"].as_str().unwrap().to_owned()
}

/// Takes an account off the list of those that a projection has stopped at.
fn unpark(projection: &str, account_id: &str) -> Vec<String> {
    let key = json!({ "projection": { "S": projection }, "account_id": { "S": account_id } });
    let words = format!("dynamodb delete-item --table-name {} --key", tables().parked);
    command(&words, Some(&key.to_string()))
}

/// The same trouble once more than there are accounts parked.
fn more_than(value: f64, cause: impl Fn() -> Undo) -> Undo {
    let counts = std::iter::successors(Some(0.0), |count| Some(count + 1.0));
    Undo(counts.take_while(|count| *count <= value).flat_map(|_| std::mem::take(&mut cause().0)).collect())
}

fn unreadable_item() -> Undo {
    let (table, account_id) = (tables().events, format!("unreadable-{}", new_key()));
    let key = json!({ "stream": { "S": format!("account-{account_id}") }, "version": { "N": "1" } });
    let item = |action: &str, name: &str| {
        command(&format!("dynamodb {action}-item --table-name {table} --{name}"), Some(&key.to_string()))
    };
    run(&item("put", "item"));
    let projections = ["account-summary", "journal"].map(|projection| unpark(projection, &account_id));
    Undo([item("delete", "key")].into_iter().chain(projections).collect())
}

fn unreadable_message() -> Undo {
    let account_id = format!("unreadable-{}", new_key());
    let commit = json!({
        "stream": format!("account-{account_id}"),
        "version": 1,
        "timestamp": "2026-11-24T09:30:00Z",
        "events": "[]",
        "state": "{}",
        "metadata": "{}",
        "hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    });
    let message = json!({ "position": null, "commits": [commit] }).to_string();
    let words = format!("sqs send-message --queue-url {} --message-body", resource("HistoryQueue"));
    run(&command(&words, Some(&message)));
    Undo(vec![unpark("transaction-history", &account_id)])
}

/// A commit for whoever is stopped, or late: on one account, since a user may have but five.
async fn deposit() {
    static ACCOUNT: OnceCell<(Bank, String)> = OnceCell::const_new();
    let open = async || {
        let bank = Bank::of(CUSTOMER).await;
        let id = bank.open("CHECKING", "100.00").await;
        (bank, id)
    };
    let (bank, id) = ACCOUNT.get_or_init(open).await;
    bank.post(&format!("/v1/accounts/{id}/deposits"), json!({ "amount": "1.00" })).await;
}

/// The command that sets a function's event source going, or stops it.
fn switch(function: &str, is_on: bool) -> Vec<String> {
    let mappings = aws(&["lambda", "list-event-source-mappings", "--function-name", &resource(function)]);
    let id = mappings["EventSourceMappings"][0]["UUID"].as_str().unwrap();
    let switch = if is_on { "--enabled" } else { "--no-enabled" };
    command(&format!("lambda update-event-source-mapping --uuid {id} {switch}"), None)
}

async fn stopped(function: &str) -> Undo {
    let undo = Undo(vec![switch(function, true)]);
    run(&switch(function, false));
    pause(UNDER_WAY).await;
    deposit().await;
    undo
}

/// The projector and the relay have nothing to show for the last minute, and there is a new commit.
async fn idle() -> Undo {
    let both = ["SummaryProjector", "Relay"];
    let undo = Undo(both.iter().map(|function| switch(function, true)).collect());
    for function in both {
        run(&switch(function, false));
    }
    pause(PERIOD).await;
    deposit().await;
    undo
}

/// The alarm looks at ten seconds instead of five minutes, in which nobody starts the monitor.
fn silence() -> Undo {
    let rule = resource("MonitorEachMinute");
    let name = format!("{}/monitor-silent", tables().name);
    let alarm = |period: u32, periods: u32| {
        let namespace = format!("Passbook/{}", tables().name);
        let words = format!(
            "cloudwatch put-metric-alarm --alarm-name {name} --namespace {namespace} --metric-name LagCommits \
             --dimensions Name=Projection,Value=journal --statistic SampleCount --period {period} \
             --evaluation-periods {periods} --comparison-operator LessThanThreshold --threshold 1 \
             --treat-missing-data breaching --alarm-description"
        );
        command(&words, Some("Nobody looks at the projections. docs/RUNBOOK.md#monitor-silent"))
    };
    let undo = Undo(vec![command(&format!("events enable-rule --name {rule}"), None), alarm(60, 5)]);
    run(&command(&format!("events disable-rule --name {rule}"), None));
    run(&alarm(10, 1));
    undo
}

async fn late(function: &str, value_ms: f64) -> Undo {
    let on = stopped(function).await;
    pause(Duration::from_secs_f64(value_ms / 1_000.0) + Duration::from_secs(2)).await;
    drop(on);
    Undo(Vec::new())
}

fn garbage(queue: &str) -> Undo {
    let (url, dead_letters) = (resource(queue), resource(&queue.replace("Queue", "DeadLetterQueue")));
    let attributes = aws(&["sqs", "get-queue-attributes", "--queue-url", &url, "--attribute-names", "All"]);
    let attributes = attributes["Attributes"].clone();
    let policy: Value = serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
    let set = |receives: &Value, seconds: &Value| {
        let mut policy = policy.clone();
        policy["maxReceiveCount"] = receives.clone();
        let attributes = json!({ "RedrivePolicy": policy.to_string(), "VisibilityTimeout": seconds });
        let words = format!("sqs set-queue-attributes --queue-url {url} --attributes");
        command(&words, Some(&attributes.to_string()))
    };
    let undo = Undo(vec![
        set(&policy["maxReceiveCount"], &attributes["VisibilityTimeout"]),
        command(&format!("sqs purge-queue --queue-url {dead_letters}"), None),
    ]);
    run(&set(&json!(1), &json!("0")));
    run(&command(&format!("sqs send-message --queue-url {url} --message-body garbage"), None));
    undo
}

fn no_bucket(function: &str) -> Undo {
    let configuration = aws(&["lambda", "get-function-configuration", "--function-name", function]);
    let variables = configuration["Environment"]["Variables"].clone();
    let set = |variables: &Value| {
        let words = format!("lambda update-function-configuration --function-name {function} --environment");
        command(&words, Some(&json!({ "Variables": variables }).to_string()))
    };
    let undo = Undo(vec![set(&variables)]);
    let mut wrong = variables.clone();
    wrong["ANALYTICS_BUCKET"] = json!("nowhere");
    run(&set(&wrong));
    invoke(function, "{}");
    undo
}

/// The local gateway calls an alias, which its Lambda does not throttle as AWS does; so the function is called itself.
fn no_concurrency(function: &str) -> Undo {
    let concurrency = |action: &str, rest: &str| {
        command(&format!("lambda {action}-function-concurrency --function-name {function} {rest}"), None)
    };
    let undo = Undo(vec![concurrency("delete", "")]);
    run(&concurrency("put", "--reserved-concurrent-executions 0"));
    invoke(function, "{}");
    undo
}

/// Requests that wait for their processes, which then go on or are killed: more of them than one in a hundred of those
/// that the last minutes have seen, which is what a percentile asks for.
async fn hold(function: &str, time: Duration, end: &str) -> Undo {
    const REQUESTS: usize = 8;
    let bank = Bank::of(CUSTOMER).await;
    let ask = || join_all((0..REQUESTS).map(|_| bank.get("/v1/accounts")));
    // There are as many processes then.
    ask().await;
    let signal = |signal: &str| {
        for process in processes(function) {
            Command::new("kill").args([signal, &process]).status().unwrap();
        }
    };
    signal("-STOP");
    let end = async {
        pause(time).await;
        signal(end);
    };
    futures::join!(ask(), end);
    Undo(Vec::new())
}

async fn contention() -> Undo {
    join_all((0..20).map(|_| deposit())).await;
    Undo(Vec::new())
}

fn lost_records(queue: &str) -> Undo {
    let found = aws(&["sqs", "get-queue-url", "--queue-name", queue]);
    let url = found["QueueUrl"].as_str().unwrap();
    run(&command(&format!("sqs send-message --queue-url {url} --message-body {{}}"), None));
    Undo(vec![command(&format!("sqs purge-queue --queue-url {url}"), None)])
}
