//! Which processes a stack has started: written down before anything else is done with them.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::process::Started;

/// The processes of one stack, on disk.
#[derive(Debug)]
pub(crate) struct Processes {
    file: PathBuf,
}

impl Processes {
    /// The processes of the stack in this folder.
    pub(crate) fn of(stack: &Path) -> Self {
        Self { file: stack.join("processes.json") }
    }

    /// All that were started and not yet ended.
    pub(crate) fn all(&self) -> Vec<Started> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Those of them that run.
    pub(crate) fn running(&self) -> Vec<Started> {
        self.all().into_iter().filter(Started::is_running).collect()
    }

    /// Takes note of one more, in the place of those of its name that have ended.
    pub(crate) fn add(&self, started: &Started) -> Result<()> {
        // Two may be started at once, and none of them must be forgotten.
        let lock = File::create(self.file.with_extension("lock"))?;
        lock.lock().context("the list of processes cannot be locked")?;
        let mut all = self.all();
        all.retain(|other| other.name != started.name || other.is_running());
        all.push(started.clone());
        std::fs::write(&self.file, serde_json::to_vec_pretty(&all)?)?;
        Ok(())
    }

    /// Ends them all, the last one first. Returns the names of those that ran.
    pub(crate) fn stop(&self) -> Result<Vec<String>> {
        let mut stopped = Vec::new();
        for started in self.all().into_iter().rev() {
            if started.stop()? {
                stopped.push(started.name);
            }
        }
        if self.file.exists() {
            std::fs::remove_file(&self.file)?;
        }
        Ok(stopped)
    }
}
