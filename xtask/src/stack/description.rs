//! `stack.json`: where a stack is and who can sign in, for the command line, the tests, and people.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A deployed stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) endpoint_url: String,
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) api_url: String,
    pub(crate) opensearch_url: String,
    pub(crate) cache_url: String,
    pub(crate) events_table: String,
    pub(crate) commands_table: String,
    pub(crate) journal_table: String,
    pub(crate) summary_table: String,
    pub(crate) parked_table: String,
    pub(crate) projections_table: String,
    pub(crate) history_queue_url: String,
    pub(crate) history_dead_letter_queue_url: String,
    pub(crate) analytics_queue_url: String,
    pub(crate) analytics_dead_letter_queue_url: String,
    pub(crate) analytics_bucket: String,
    pub(crate) analytics_work_group: String,
    pub(crate) analytics_database: String,
    pub(crate) analytics_compactor_name: String,
    pub(crate) user_pool_id: String,
    pub(crate) user_pool_client_id: String,
    pub(crate) cognito_url: String,
    pub(crate) users: Vec<User>,
    /// An account with real transactions, if the sample was imported.
    pub(crate) sample_account: Option<String>,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) admin: bool,
}

/// The description's place in a stack's folder.
pub(crate) fn path(stack: &Path) -> PathBuf {
    stack.join("stack.json")
}

impl Description {
    /// The description of a stack that is up; `None` if there is none.
    pub(crate) fn read(stack: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path(stack)).ok()?).ok()
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, stack: &Path) -> Result<()> {
        let unfinished = stack.join("stack.json.unfinished");
        std::fs::write(&unfinished, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(&unfinished, path(stack)).context("stack.json cannot be written")
    }
}
