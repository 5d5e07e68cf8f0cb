//! What runs on this machine: the programs that were built beside a test, and the processes of the stack's functions.

use std::{path::PathBuf, process::Command};

use crate::endpoint_url;

/// How the functions that answer clients end: a supervisor looks after their processes.
const SUPERVISED: &str = "Api";

/// What a supervisor's worker has in its environment.
const WORKER: &str = "PASSBOOK_WORKER=true";

/// A program that was built beside this test, or beside this program.
pub fn program(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().unwrap();
    let folder = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    folder.join(name)
}

/// Runs a program that was built beside this test, on the stack that the test is of, and returns what it prints.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(self::program(program)).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The ids of the processes on this stack that do a function's work, and not of those that only look after them.
pub fn processes(function: &str) -> Vec<String> {
    let endpoint = format!("AWS_ENDPOINT_URL={}", endpoint_url());
    let name = format!("-{function}");
    let does_the_work = |environment: &str| {
        let variables: Vec<&str> = environment.split('\0').collect();
        let is_function =
            |variable: &&str| variable.starts_with("AWS_LAMBDA_FUNCTION_NAME=") && variable.contains(&name);
        variables.contains(&endpoint.as_str())
            && variables.contains(&WORKER) == function.ends_with(SUPERVISED)
            && variables.iter().any(is_function)
    };
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|process| {
            std::fs::read(process.path().join("environ"))
                .is_ok_and(|environment| does_the_work(&String::from_utf8_lossy(&environment)))
        })
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Kills a process, with no time to say goodbye. Returns whether it was there.
pub fn kill(id: &str) -> bool {
    Command::new("kill").args(["-9", id]).status().is_ok_and(|it| it.success())
}
