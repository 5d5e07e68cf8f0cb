//! What came of a fire: for people, and for docs/benchmarks.md.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// Nobody reads more of them.
const SHOWN_MAX: usize = 20;

/// What `tests/fire` prints.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    seed: u64,
    accounts: u32,
    schedules: Vec<Schedule>,
    /// What the command line finds wrong with the whole bank.
    bank: Vec<String>,
    planted: Vec<Planted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Schedule {
    schedule: u32,
    operations: u32,
    seconds: f64,
    commands: u32,
    ok: u32,
    refused: u32,
    unknown_resolved: u32,
    abandoned: u32,
    reads: u32,
    faults: BTreeMap<String, u64>,
    functions_killed: u32,
    server_killed: Option<String>,
    violations: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Planted {
    bug: String,
    is_seen: bool,
    violations: Vec<String>,
}

/// The columns of the faults, by their names in a report.
const FAULTS: [(&str, &str); 9] = [
    ("answer_lost", "answer lost"),
    ("request_lost", "request lost"),
    ("delayed", "delayed"),
    ("late", "late"),
    ("throttled", "throttled"),
    ("contended", "conflict"),
    ("failed", "500"),
    ("done_and_failed", "done, 500"),
    ("partial", "partial"),
];

impl Report {
    pub(crate) fn is_right(&self) -> bool {
        let are_right = self.schedules.iter().all(|schedule| schedule.violations.is_empty());
        are_right && self.bank.is_empty() && self.planted.iter().all(|planted| planted.is_seen)
    }

    pub(crate) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// The table, and all that is wrong.
    pub(crate) fn text(&self) -> String {
        let mut text = self.table();
        let wrong = self.schedules.iter().flat_map(|schedule| {
            schedule.violations.iter().map(|wrong| format!("schedule {}: {wrong}", schedule.schedule))
        });
        let wrong: Vec<String> =
            wrong.chain(self.bank.iter().map(|wrong| format!("bank: {wrong}"))).collect();
        for wrong in wrong.iter().take(SHOWN_MAX) {
            let _ = writeln!(text, "\n  WRONG {wrong}");
        }
        if wrong.len() > SHOWN_MAX {
            let _ = writeln!(text, "\n  … and {} more", wrong.len() - SHOWN_MAX);
        }
        let unseen: Vec<&Planted> = self.planted.iter().filter(|planted| !planted.is_seen).collect();
        for planted in &unseen {
            let _ = writeln!(text, "\n  NOT SEEN {}: {:?}", planted.bug, planted.violations);
        }
        let seen = self.bugs().filter(|planted| planted.is_seen).count();
        let _ = writeln!(text, "\n{seen} of {} planted bugs seen; seed {}", self.bugs().count(), self.seed);
        text
    }

    /// All but the world that none is planted in, where nothing may be seen.
    fn bugs(&self) -> impl Iterator<Item = &Planted> {
        self.planted.iter().filter(|planted| planted.bug != "none")
    }

    fn table(&self) -> String {
        let names: Vec<&str> = FAULTS.iter().map(|(_, name)| *name).collect();
        let mut text = format!(
            "| schedule | operations | seconds | ok | refused | unknown, resolved | {} | functions killed | server killed | verdict |\n\
             |---:|---:|---:|---:|---:|---:|{}---:|---|---|\n",
            names.join(" | "),
            "---:|".repeat(FAULTS.len()),
        );
        for schedule in &self.schedules {
            let Schedule { operations, seconds, ok, refused, unknown_resolved, functions_killed, .. } =
                schedule;
            let faults = FAULTS.map(|(name, _)| schedule.faults.get(name).unwrap_or(&0).to_string());
            let verdict = if schedule.violations.is_empty() { "right" } else { "**WRONG**" };
            let _ = writeln!(
                text,
                "| {} | {operations} | {seconds:.0} | {ok} | {refused} | {unknown_resolved} | {} | {functions_killed} | {} | {verdict} |",
                schedule.schedule,
                faults.join(" | "),
                schedule.server_killed.as_deref().unwrap_or("–"),
            );
        }
        let sum = |of: fn(&Schedule) -> u32| self.schedules.iter().map(of).sum::<u32>();
        let faults = FAULTS.map(|(name, _)| {
            self.schedules.iter().map(|one| one.faults.get(name).unwrap_or(&0)).sum::<u64>().to_string()
        });
        let seconds: f64 = self.schedules.iter().map(|schedule| schedule.seconds).sum();
        let _ = writeln!(
            text,
            "| all | {} | {seconds:.0} | {} | {} | {} | {} | {} | {} | {} |",
            sum(|one| one.operations),
            sum(|one| one.ok),
            sum(|one| one.refused),
            sum(|one| one.unknown_resolved),
            faults.join(" | "),
            sum(|one| one.functions_killed),
            self.schedules.iter().filter(|one| one.server_killed.is_some()).count(),
            if self.is_right() { "right" } else { "**WRONG**" },
        );
        text
    }

    /// The section of docs/benchmarks.md.
    pub(crate) fn section(&self, note: &str) -> String {
        let Self { seed, accounts, .. } = self;
        let sum = |of: fn(&Schedule) -> u32| self.schedules.iter().map(of).sum::<u32>();
        let planted: Vec<&str> = self.bugs().map(|planted| planted.bug.as_str()).collect();
        let seen = self.bugs().filter(|planted| planted.is_seen).count();
        format!(
            "## The bank under faults\n\n\
             The deployed stack, with clients over HTTP and a proxy between all functions and DynamoDB, in the manner of \
             Jepsen. Twenty-four clients at a time open, deposit, withdraw, transfer, freeze, unfreeze and close, send their own \
             commands again, use keys for something else, and read; accounts are chosen by Zipf's law, {accounts} in each \
             schedule. What nobody knew of is asked for by `GET /v1/commands/{{id}}` in the end and sent again under its key. \
             `cargo xtask fire --record` measures this and writes this section.\n\n\
             **How to read it.** A schedule has a mixture of faults of its own, over all tables or over one. Columns count \
             requests to DynamoDB that met a fault: *answer lost* is done and cut off before the answer, *late* is done after \
             the SDK has given it up, *done, 500* is done and answered with an error, *partial* leaves a part of a batch \
             undone; half of those that an SDK would mend by trying again meet its next tries too. *Unknown, resolved* are \
             commands whose client had a time-out, a 5xx or no answer, and each was found out. *Right* means that every \
             check of the simulators holds over what was recorded and what is stored: one effect a key and one answer, no \
             effect of a refused command, no acknowledged one lost, balances as the commands come to, nothing below zero, real-time \
             order, each refusal justified by a state between question and answer, versions gapless, hashes and states that \
             follow; no read older than asked for; and once all is quiet rows, documents and journal as the events have them, \
             and nothing found by `passbook verify --all` and `passbook reconcile --check`.\n\n\
             {note}\n\n\
             Seed {seed}: {} commands, {} of them abandoned by clients who were told that nothing was done, and {} reads.\n\n\
             {}\n\
             Planted bugs, each in a world of its own on the same stack or in what was recorded of one: {seen} of {} were \
             seen by the words that name them ({}).\n",
            sum(|one| one.commands),
            sum(|one| one.abandoned),
            sum(|one| one.reads),
            self.table(),
            planted.len(),
            planted.join(", "),
        )
    }
}
