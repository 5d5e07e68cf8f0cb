//! What is killed: processes of functions, which the platform replaces, and servers, which are started again.

use std::{collections::BTreeMap, fmt, process::Command};

use bank::endpoint_url;

/// All of the template's.
pub(crate) const FUNCTIONS: [&str; 7] =
    ["CommandApi", "QueryApi", "AdminApi", "SummaryProjector", "Relay", "HistoryProjector", "RebuildWorker"];

/// How many processes of each function were killed.
pub(crate) struct Killed(pub(crate) BTreeMap<&'static str, usize>);

impl Killed {
    pub(crate) const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Kills one of a function's processes on this stack, with no time to say goodbye. Returns whether there was one.
    pub(crate) fn one_of(&mut self, function: &'static str) -> bool {
        let processes = processes(function);
        let killed = self.0.entry(function).or_default();
        if processes.is_empty() {
            return false;
        }
        // Another one each time: those that wait for work are not the only ones to die.
        let id = &processes[*killed % processes.len()];
        let was_there = Command::new("kill").args(["-9", id]).status().is_ok_and(|it| it.success());
        *killed += usize::from(was_there);
        was_there
    }
}

impl fmt::Display for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> =
            self.0.iter().map(|(function, times)| format!("{times} {function}")).collect();
        f.write_str(&each.join(", "))
    }
}

/// The ids of a function's processes on this stack: those that do the work, if others only look after them.
fn processes(function: &str) -> Vec<String> {
    let endpoint = format!("AWS_ENDPOINT_URL={}", endpoint_url());
    let is_name = |variable: &&str| {
        variable.starts_with("AWS_LAMBDA_FUNCTION_NAME=") && variable.contains(&format!("-{function}"))
    };
    let (mut workers, mut others) = (Vec::new(), Vec::new());
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(environment) = std::fs::read(process.path().join("environ")) else { continue };
        let environment = String::from_utf8_lossy(&environment);
        let variables: Vec<&str> = environment.split('\0').collect();
        if !variables.contains(&endpoint.as_str()) || !variables.iter().any(is_name) {
            continue;
        }
        let all = if variables.contains(&"PASSBOOK_WORKER=true") { &mut workers } else { &mut others };
        all.push(process.file_name().to_string_lossy().into_owned());
    }
    if workers.is_empty() { others } else { workers }
}

/// Kills a server of this stack and starts it again after so many seconds: what `cargo xtask restart` does.
pub(crate) fn restart(server: &str, away_seconds: u32) {
    let here = std::env::current_exe().unwrap();
    let mut xtask = Command::new(here.ancestors().nth(2).unwrap().join("xtask"));
    let output = xtask.args(["restart", server, "--away", &away_seconds.to_string()]).output().unwrap();
    assert!(output.status.success(), "{server}: {}", String::from_utf8_lossy(&output.stderr));
}
