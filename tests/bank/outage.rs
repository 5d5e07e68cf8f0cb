//! What is killed: processes of functions, which the platform replaces, and servers, which are started again.

use std::{collections::BTreeMap, fmt};

use crate::machine::{kill, processes, run};

/// All of the template's but those that the clock alone starts.
pub const FUNCTIONS: [&str; 8] = [
    "CommandApi",
    "QueryApi",
    "AdminApi",
    "SummaryProjector",
    "Relay",
    "HistoryProjector",
    "AnalyticsProjector",
    "RebuildWorker",
];

/// How many processes of each function were killed.
#[derive(Debug)]
pub struct Killed(pub BTreeMap<&'static str, usize>);

impl Killed {
    /// None yet.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Kills one of a function's processes on this stack, with no time to say goodbye. Returns whether there was one.
    pub fn one_of(&mut self, function: &'static str) -> bool {
        let processes = processes(function);
        let killed = self.0.entry(function).or_default();
        if processes.is_empty() {
            return false;
        }
        // Another one each time: those that wait for work are not the only ones to die.
        let id = &processes[*killed % processes.len()];
        let was_there = kill(id);
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

/// Kills a server of this stack and starts it again after so many seconds: what `cargo xtask restart` does.
pub fn restart(server: &str, away_seconds: u32) {
    run("xtask", &["restart", server, "--away", &away_seconds.to_string()]);
}
