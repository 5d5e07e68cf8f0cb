//! A function and its supervisor, both real processes, against a server in the place of Lambda's Runtime API.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has to say where")]

mod runtime_api;

use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use application::ports::Environment as _;
use lambda_kit::SystemEnvironment;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
    time::timeout,
};

use runtime_api::{DEADLINE, FUNCTION_ARN, RuntimeApi, TRACE_ID, event};

/// The example `mortal`, which does as it is told; `start` is how it starts.
fn mortal(runtime_api: &RuntimeApi, start: &str) -> Child {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/mortal");
    Command::new(program)
        .env("AWS_LAMBDA_RUNTIME_API", &runtime_api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "mortal")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("MORTAL_START", start)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("`cargo test` builds the example `mortal`")
}

/// Waits until all processes of a function have ended, and returns how the first did and what they wrote.
async fn ended(mut function: Child) -> (ExitStatus, String) {
    let mut written = String::new();
    let mut output = function.stdout.take().unwrap();
    let ends = async { (function.wait().await.unwrap(), output.read_to_string(&mut written).await.unwrap()) };
    let (status, _) = timeout(DEADLINE, ends).await.expect("the function ends");
    (status, written)
}

/// Which process has answered.
fn worker(answer: &str) -> Pid {
    Pid::from_raw(answer.split(' ').next().unwrap().parse().unwrap())
}

/// Waits until nothing runs in a process any more; its parent need not have noticed.
async fn has_ended(process: Pid) {
    let is_running = async || {
        let state = Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output().await;
        let state = String::from_utf8(state.unwrap().stdout).unwrap();
        // Z is a process that has ended, l one in which threads are left.
        !state.trim().is_empty() && (!state.starts_with('Z') || state.contains('l'))
    };
    let ends = async {
        while is_running().await {
            SystemEnvironment.wait(Duration::from_millis(10)).await;
        }
    };
    timeout(DEADLINE, ends).await.expect("the process ends");
}

#[tokio::test]
async fn what_lambda_and_the_worker_say_to_each_other_passes_through() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    let poll = lambda.polled().await;
    assert!(poll["user-agent"].to_str().unwrap().starts_with("aws-lambda-rust/"), "{poll:?}");
    assert_eq!(poll["host"], lambda.address.as_str());

    let (id, ends_ms) = lambda.begin(&event("/"), DEADLINE).await;
    let said = lambda.said().await;
    assert_eq!(
        (said.path.as_str(), said.status()),
        (&*format!("/2018-06-01/runtime/invocation/{id}/response"), 200)
    );
    let text = said.text();
    assert_eq!(text.split_once(' ').unwrap().1, format!("{id} {ends_ms} {FUNCTION_ARN} {TRACE_ID}"));
    assert!(said.headers["user-agent"].to_str().unwrap().starts_with("aws-lambda-rust/"), "{said:?}");

    let again = lambda.invoke("/").await;
    assert_eq!(worker(&again.text()), worker(&text));
    assert!(lambda.invoke("/large").await.body.len() > 6_000_000);
}

#[tokio::test]
async fn in_the_place_of_a_worker_that_ends_with_a_request_in_it_the_supervisor_answers() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    let mut last = worker(&lambda.invoke("/").await.text());
    for end in ["/abort", "/exit", "/forget", "/kill", "/memory", "/overflow"] {
        let said = lambda.invoke(end).await;
        assert_eq!((said.status(), said.text().as_str()), (503, end));
        let next = worker(&lambda.invoke("/").await.text());
        assert_ne!(next, last, "{end}");
        last = next;
    }
}

#[tokio::test]
async fn in_the_place_of_a_worker_that_reports_a_failure_the_supervisor_answers() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    let first = worker(&lambda.invoke("/").await.text());
    let said = lambda.invoke("/panic").await;
    assert_eq!((said.status(), said.text().as_str()), (503, "/panic"));
    assert_eq!(worker(&lambda.invoke("/").await.text()), first);
}

#[tokio::test]
async fn a_worker_that_does_not_finish_is_ended_in_time_for_an_answer() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    let first = worker(&lambda.invoke("/").await.text());
    let (_, ends_ms) = lambda.begin(&event("/hang"), Duration::from_secs(2)).await;
    lambda.heard_of_other().await;
    let said = lambda.said().await;
    assert!(SystemEnvironment.now().as_micros() / 1_000 < ends_ms);
    assert_eq!((said.status(), said.text().as_str()), (503, "/hang"));
    assert_ne!(worker(&lambda.invoke("/").await.text()), first);
}

#[tokio::test]
async fn what_is_no_request_of_a_client_fails_as_the_worker_says() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    let (id, _) = lambda.begin(&json!({ "detail": "of another service" }), DEADLINE).await;
    let said = lambda.said().await;
    assert_eq!(said.path, format!("/2018-06-01/runtime/invocation/{id}/error"));
    let failure: Value = serde_json::from_slice(&said.body).unwrap();
    assert_ne!(failure["errorType"], "Runtime.ExitError", "{failure}");
}

#[tokio::test]
async fn an_event_for_a_worker_that_has_ended_meanwhile_goes_to_another() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    lambda.polled().await;
    let first = worker(&lambda.invoke("/").await.text());
    lambda.polled().await;
    kill(first, Signal::SIGKILL).unwrap();
    has_ended(first).await;
    let said = lambda.invoke("/").await;
    assert_eq!(said.status(), 200);
    assert_ne!(worker(&said.text()), first);
}

#[tokio::test]
async fn an_answer_on_its_way_is_the_only_one_though_its_worker_ends() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    lambda.polled().await;
    lambda.hold_back();
    let said = lambda.invoke("/").await;
    assert_eq!(said.status(), 200);
    kill(worker(&said.text()), Signal::SIGKILL).unwrap();
    assert!(!lambda.is_polled(), "the worker has to wait until Lambda has its answer");
    lambda.acknowledge();
    lambda.polled().await;
    assert!(!lambda.has_heard_more());
    assert_ne!(worker(&lambda.invoke("/").await.text()), worker(&said.text()));
}

#[tokio::test]
async fn what_a_worker_has_said_before_it_ended_is_heard() {
    let mut lambda = RuntimeApi::start().await;
    let _function = mortal(&lambda, "");
    lambda.begin(&event("/last-words"), DEADLINE).await;
    lambda.heard_of_other().await;
    let said = lambda.said().await;
    assert_eq!((said.status(), said.text().as_str()), (200, "last words ".repeat(10_000).as_str()));
    assert_eq!(lambda.invoke("/").await.status(), 200);
}

#[tokio::test]
async fn a_function_that_cannot_start_ends_as_it_would_without_a_supervisor() {
    for (start, code) in [("fail", 1), ("exit", 3)] {
        let lambda = RuntimeApi::start().await;
        let (status, written) = ended(mortal(&lambda, start)).await;
        assert_eq!((status.code(), written.as_str()), (Some(code), "started\n"));
        assert!(!lambda.is_polled());
    }
}

#[tokio::test]
async fn an_error_at_the_start_passes_through() {
    let mut lambda = RuntimeApi::start().await;
    let function = mortal(&lambda, "report");
    let said = lambda.said().await;
    assert_eq!(said.path, "/2018-06-01/runtime/init/error");
    assert_eq!(said.headers["lambda-runtime-function-error-type"], "Runtime.Mortal");
    assert_eq!(ended(function).await.0.code(), Some(1));
}

#[tokio::test]
async fn a_function_that_is_killed_whenever_it_starts_is_started_three_times() {
    let lambda = RuntimeApi::start().await;
    let (status, written) = ended(mortal(&lambda, "abort")).await;
    assert_eq!((status.code(), written.as_str()), (Some(128 + 6), "started\nstarted\nstarted\n"));
    assert!(!lambda.is_polled());
}

#[tokio::test]
async fn a_worker_ends_with_its_supervisor_also_with_a_request_in_it() {
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        for path in ["/", "/hang"] {
            let mut lambda = RuntimeApi::start().await;
            let function = mortal(&lambda, "");
            lambda.begin(&event(path), DEADLINE).await;
            lambda.said().await;
            kill(Pid::from_raw(function.id().unwrap().try_into().unwrap()), signal).unwrap();
            // The worker has the output too, so that it is at its end says that both are gone.
            ended(function).await;
        }
    }
}
