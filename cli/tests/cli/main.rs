//! The command line as it is run: what it prints, and how it ends. The API is a stand-in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod cost;
mod explain;
mod profiles;
mod real_routes;
mod stand_in;

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::stand_in::StandIn;

/// What the environment of whoever runs the tests must not decide.
const OWN_SETTINGS: [&str; 6] = [
    "PASSBOOK_STACK",
    "PASSBOOK_PROFILE",
    "PASSBOOK_TOKEN",
    "PASSBOOK_PASSWORD",
    "NO_COLOR",
    "CLICOLOR_FORCE",
];

/// A folder of one test, where it has its stack file and its profiles.
pub(crate) struct Bench {
    folder: PathBuf,
    stack: PathBuf,
}

impl Bench {
    /// A bench of this name over the API at a URL.
    pub(crate) fn new(name: &str, api_url: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("passbook-cli-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let stack = folder.join("stack.json");
        let description = json!({
            "region": "eu-central-1", "api_url": api_url, "endpoint_url": "http://127.0.0.1:1", "opensearch_url": "http://127.0.0.1:1",
            "events_table": "events", "user_pool_client_id": "client", "cognito_url": format!("{api_url}/sign-in"),
            "users": [{ "name": "alice", "password": "secret" }],
        });
        std::fs::write(&stack, description.to_string()).unwrap();
        Self { folder, stack }
    }

    /// `passbook` with these arguments, a token, and no terminal.
    pub(crate) fn passbook(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_passbook"));
        for name in OWN_SETTINGS {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command.env("XDG_CONFIG_HOME", &self.folder).env("PASSBOOK_TOKEN", "a-token");
        command
    }

    /// The same, with this bench's stack.
    pub(crate) fn on_its_stack(&self, arguments: &[&str]) -> Command {
        let mut command = self.passbook(arguments);
        command.env("PASSBOOK_STACK", &self.stack);
        command
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs a command that has to end with this exit code.
#[track_caller]
pub(crate) fn ends(command: &mut Command, code: i32) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(code), "{stdout}{stderr}");
    (stdout, stderr)
}

/// One line on the standard error, with these words in it.
#[track_caller]
fn fails(command: &mut Command, code: i32, words: &str) {
    let (stdout, stderr) = ends(command, code);
    assert!(stdout.is_empty(), "{stdout}");
    assert!(stderr.starts_with("error: ") && stderr.contains(words), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

fn problem(status: u16, code: &str, detail: &str) -> (u16, Value) {
    (status, json!({ "code": code, "detail": detail }))
}

#[test]
fn a_refusal_ends_with_4_and_says_what_to_do() {
    let api = StandIn::start(|request| match request {
        "GET /v1/accounts/none" => problem(404, "account_not_found", "there is no account none"),
        "GET /v1/accounts/late" => (401, json!({ "message": "Unauthorized" })),
        "POST /sign-in" => (400, json!({ "message": "Incorrect username or password." })),
        _ => problem(403, "forbidden", "only an admin may do this"),
    });
    let bench = Bench::new("refused", &api.url);
    let run = |arguments: &[&str]| bench.on_its_stack(arguments);
    fails(&mut run(&["account", "none"]), 4, "there is no account none, or it is somebody else's");
    fails(&mut run(&["account", "late"]), 4, "its hour is over: take a new one with `passbook token`");
    fails(&mut run(&["feed"]), 4, "only an admin may do this: use --user with an admin");
    fails(
        &mut run(&["token", "--user", "alice"]),
        4,
        "alice cannot sign in: Incorrect username or password.",
    );
}

#[test]
fn an_api_that_does_not_answer_ends_with_5() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bench = Bench::new("away", &format!("http://{closed}"));
    let words =
        "does not answer (Connection refused (os error 111)): `passbook profile show` says which stack";
    fails(&mut bench.on_its_stack(&["account", "mine"]), 5, words);
    let words = "the events table cannot be read: the event store is unavailable";
    fails(&mut bench.on_its_stack(&["verify", "--account", "mine"]), 5, words);
    let api = StandIn::start(|_| problem(503, "unavailable", "a store does not answer"));
    let bench = Bench::new("unavailable", &api.url);
    fails(
        &mut bench.on_its_stack(&["account", "mine"]),
        5,
        "503 Service Unavailable: a store does not answer",
    );
    let (status, _) = ends(&mut bench.on_its_stack(&["status", "--json"]), 5);
    assert!(serde_json::from_str::<Value>(&status).unwrap()["api"].is_string(), "{status}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let bench = Bench::new("usage", "http://127.0.0.1:1");
    ends(&mut bench.on_its_stack(&["account"]), 2);
    ends(&mut bench.on_its_stack(&["account", "no account"]), 2);
    let both = ["--profile", "prod", "--stack", "stack.json", "parked"];
    fails(&mut bench.passbook(&both), 2, "--stack and --profile each name a stack");
    fails(&mut bench.passbook(&["parked"]), 2, "start a stack with `cargo xtask up`");
    fails(&mut bench.passbook(&["parked", "--stack", "none.json"]), 2, "none.json cannot be read");
    fails(
        &mut bench.on_its_stack(&["token", "--user", "bob"]),
        2,
        "the stack has no user bob; it has: alice",
    );
    fails(&mut bench.on_its_stack(&["reconcile", "--check"]), 2, "has no projections_table");
}

#[test]
fn what_is_left_parked_ends_with_3() {
    let api = StandIn::start(|request| match request {
        "POST /v1/admin/parked/account-summary:mine/redrive" => {
            (200, json!({ "outcome": "up_to_date", "version": 7 }))
        }
        _ => (200, json!({ "outcome": "still_parked", "version": 4, "reason": "an unknown event" })),
    });
    let bench = Bench::new("parked", &api.url);
    ends(&mut bench.on_its_stack(&["redrive", "account-summary:mine"]), 0);
    let (printed, _) = ends(&mut bench.on_its_stack(&["redrive", "account-summary:yours", "--json"]), 3);
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap()["redriven"][0]["outcome"], "still_parked");
}

#[test]
fn the_help_names_the_exit_codes_and_completions_need_no_stack() {
    let bench = Bench::new("help", "http://127.0.0.1:1");
    let (help, _) = ends(&mut bench.passbook(&["--help"]), 0);
    assert!(help.contains("Exit codes:\n  0  done\n"), "{help}");
    let (script, _) = ends(&mut bench.passbook(&["completions", "bash"]), 0);
    assert!(script.contains("explain") && script.contains("complete -F _passbook"), "{script}");
    let (help, _) = ends(&mut bench.passbook(&["completions", "--help"]), 0);
    assert!(help.contains("passbook completions zsh > ~/.zfunc/_passbook"), "{help}");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let api = StandIn::start(|_| (200, json!({ "parked": [], "next_cursor": null })));
    let bench = Bench::new("colours", &api.url);
    let escape = '\u{1b}';
    let (plain, _) = ends(&mut bench.on_its_stack(&["parked"]), 0);
    assert!(!plain.contains(escape), "{plain}");
    let (coloured, _) = ends(&mut bench.on_its_stack(&["parked", "--color", "always"]), 0);
    assert!(coloured.contains(escape), "{coloured}");
    let (json, _) = ends(&mut bench.on_its_stack(&["parked", "--color", "always", "--json"]), 0);
    assert!(!json.contains(escape), "{json}");
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let event = json!({ "position": 1, "stream": "account-mine", "version": 1, "type": "MoneyDeposited" });
    let endless = json!({ "events": vec![event; 500], "next_after": 1, "has_more": true });
    let api = StandIn::start(move |_| (200, endless.clone()));
    let bench = Bench::new("enough", &api.url);
    let mut feed =
        bench.on_its_stack(&["feed"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(feed.stdout.take());
    let Output { status, stderr, .. } = feed.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(0), ""));
}
