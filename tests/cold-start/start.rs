//! One start of a function.

use std::{
    collections::HashMap,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    processor,
    runtime_api::{Call, RuntimeApi},
};

/// What Lambda says to every function; the size of the memory has no effect here.
const OF_LAMBDA: [(&str, &str); 6] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
    ("_HANDLER", "bootstrap"),
];

/// Which it has told of its start, in the order in which a start comes by them.
pub(crate) const MARKS: [&str; 4] = ["telemetry", "config", "clients", "routes"];

/// What was measured of one start, from the start of the process.
pub(crate) struct Start {
    /// Until it asked for its first event, and how long it had been on a processor then.
    pub(crate) polled: Duration,
    pub(crate) polled_processor: Duration,
    /// Until it had answered it, likewise.
    pub(crate) answered: Duration,
    pub(crate) answered_processor: Duration,
    /// When it came by these, from the start of its `main`; the bare one tells of none.
    pub(crate) marks: HashMap<&'static str, Duration>,
}

/// Starts a function, has it answer one event, and ends it.
pub(crate) async fn of(program: &Path, environment: HashMap<String, String>, event: &Value) -> Start {
    let mut api = RuntimeApi::start().await;
    let mut command = Command::new(program);
    command.env_clear().envs(environment).envs(OF_LAMBDA).env("AWS_LAMBDA_RUNTIME_API", &api.address);
    let began = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let outcome = answer(&mut api, &child, event).await;
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let [printed, complained] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let failed = |error| panic!("{}: {error}\n{printed}{complained}", program.display());
    let outcome = outcome.unwrap_or_else(failed);
    Start {
        polled: outcome.polled_at - began,
        polled_processor: outcome.polled_processor,
        answered: outcome.answer.at - began,
        answered_processor: outcome.answered_processor,
        marks: marks(&printed),
    }
}

struct Answered {
    polled_at: Instant,
    polled_processor: Duration,
    /// Kept until the function has ended: it waits meanwhile, and has nothing to complain of.
    answer: Call,
    answered_processor: Duration,
}

async fn answer(api: &mut RuntimeApi, child: &Child, event: &Value) -> Result<Answered, String> {
    let poll = api.call().await.ok_or("it does not ask for an event")?;
    let (polled_at, polled_processor) = (poll.at, processor::time(child.id()));
    if !poll.path.ends_with("/invocation/next") {
        return Err(format!("{} {:?}", poll.path, poll.body));
    }
    poll.hand_over(event);
    let answer = api.call().await.ok_or("it does not answer")?;
    let answered_processor = processor::time(child.id());
    if !answer.path.ends_with("/response") || !is_success(&answer.body) {
        return Err(format!("{} {:?}", answer.path, answer.body));
    }
    Ok(Answered { polled_at, polled_processor, answer, answered_processor })
}

/// Whether an event was taken: as API Gateway reads an answer, and as the mapping of a queue does.
fn is_success(answer: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let is_good = answer["statusCode"].as_u64().is_none_or(|status| (200..300).contains(&status));
    is_good && answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty)
}

/// From the line in which a function tells of its start.
fn marks(printed: &str) -> HashMap<&'static str, Duration> {
    let lines = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = lines.filter_map(|line| line.get("InitMicros").cloned()).next().unwrap_or_default();
    let mark = |name| Some((name, Duration::from_micros(told[name].as_u64()?)));
    MARKS.into_iter().filter_map(mark).collect()
}
