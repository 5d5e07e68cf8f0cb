//! Processes that outlive the task which started them, and end by their id and by nobody else's.

use std::{
    fs::File,
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::{
        signal::{Signal, killpg},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};
use serde::{Deserialize, Serialize};

use crate::progress::wait_until;

/// How long a process may take to end by itself before it is ended by force.
const GRACE: Duration = Duration::from_secs(10);

/// How many of a log's last lines an error shows.
const LOG_TAIL_LINES: usize = 15;

/// A process that was started, leading a process group of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) name: String,
    pub(crate) pid: i32,
    /// When the system says it was started: a process with the same id and another time is not ours.
    started: String,
    pub(crate) log: PathBuf,
}

impl Started {
    /// Starts a command in the background, its output in a log of its name.
    pub(crate) fn spawn(name: &str, command: &mut Command, logs: &Path) -> Result<Self> {
        std::fs::create_dir_all(logs)?;
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let pid = i32::try_from(child.id())?;
        let started =
            start_time(pid).with_context(|| format!("{name} ended at once: see {}", log.display()))?;
        Ok(Self { name: name.to_owned(), pid, started, log })
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&self) -> bool {
        // If it was this very task that started it, what is left of it would else stay.
        let _ = waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG));
        start_time(self.pid).is_some_and(|started| started == self.started)
    }

    /// Ends it and all that it started. Returns whether there was anything to end.
    pub(crate) fn stop(&self) -> Result<bool> {
        if !self.is_running() {
            return Ok(false);
        }
        let group = Pid::from_raw(self.pid);
        let group_is_gone = || killpg(group, None).is_err();
        let _ = killpg(group, Signal::SIGTERM);
        if !wait_until(GRACE, || Ok(group_is_gone() || !self.is_running()))? || !group_is_gone() {
            let _ = killpg(group, Signal::SIGKILL);
        }
        wait_until(GRACE, || Ok(!self.is_running()))?;
        Ok(true)
    }

    /// Ends it and all that it started with no time to say goodbye, as an outage does.
    pub(crate) fn kill(&self) -> Result<()> {
        if self.is_running() {
            killpg(Pid::from_raw(self.pid), Signal::SIGKILL)
                .with_context(|| format!("{} cannot be killed", self.name))?;
        }
        ensure!(wait_until(GRACE, || Ok(!self.is_running()))?, "{} does not end", self.name);
        Ok(())
    }

    /// Waits until the process answers, and fails with the end of its log if it does not.
    pub(crate) fn wait_for(&self, deadline: Duration, mut answers: impl FnMut() -> bool) -> Result<()> {
        let mut has_ended = false;
        let ready = wait_until(deadline, || {
            has_ended = !self.is_running();
            Ok(has_ended || answers())
        })?;
        if has_ended || !ready {
            let what = if has_ended { "ended" } else { "does not answer" };
            bail!("{} {what}; the end of {}:\n{}", self.name, self.log.display(), tail(&self.log));
        }
        Ok(())
    }
}

/// When a process was started, in the words of the system; `None` if there is none, or only its remains.
fn start_time(pid: i32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may contain anything, so what follows is counted from its closing parenthesis.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        return (*fields.first()? != "Z").then(|| fields.get(19).map(|field| (*field).to_owned()))?;
    }
    let output = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

/// Runs a command to its end with its output in a log, and fails with the end of it.
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut output = File::options().create(true).append(true).open(log)?;
    writeln!(output, "$ {command:?}")?;
    let status = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    if !status.success() {
        bail!("{:?} failed ({status}); the end of {}:\n{}", command.get_program(), log.display(), tail(log));
    }
    Ok(())
}

/// What a command prints; fails with what it says on its error output.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{:?} failed ({}): {}", command.get_program(), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_ends_with_all_that_it_started() {
        let logs = std::env::temp_dir().join(format!("xtask-process-{}", std::process::id()));
        let started =
            Started::spawn("sleeper", Command::new("sh").args(["-c", "sleep 600 & sleep 600"]), &logs)
                .unwrap();
        assert!(started.is_running());
        assert!(started.stop().unwrap());
        assert!(!started.is_running());
        assert!(wait_until(GRACE, || Ok(killpg(Pid::from_raw(started.pid), None).is_err())).unwrap());
        std::fs::remove_dir_all(logs).unwrap();
    }

    #[test]
    fn one_that_has_ended_is_not_ready_though_somebody_answers_in_its_place() {
        let logs = std::env::temp_dir().join(format!("xtask-ended-{}", std::process::id()));
        let command = "echo the port is taken; sleep 1";
        let started = Started::spawn("server", Command::new("sh").args(["-c", command]), &logs).unwrap();
        assert!(wait_until(GRACE, || Ok(!started.is_running())).unwrap());
        let error = started.wait_for(GRACE, || true).unwrap_err().to_string();
        assert!(error.starts_with("server ended") && error.ends_with("the port is taken"), "{error}");
        std::fs::remove_dir_all(logs).unwrap();
    }

    #[test]
    fn a_recycled_process_id_is_left_alone() {
        let own = i32::try_from(std::process::id()).unwrap();
        let other =
            Started { name: String::new(), pid: own, started: "before".to_owned(), log: PathBuf::new() };
        assert!(!other.is_running());
        assert!(!other.stop().unwrap());
    }
}
