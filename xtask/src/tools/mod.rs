//! Tools that a task brings into `.local/cache`, each at a pinned version, each once; and the one that the machine has.

pub(crate) mod cargo_deny;
pub(crate) mod dynamodb_local;
pub(crate) mod opensearch;
pub(crate) mod python;
pub(crate) mod redis;

use std::path::{Path, PathBuf};

use anyhow::Result;

/// Makes a folder once: in a folder beside it, which takes the name only when it is complete.
fn once(folder: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    if !folder.exists() {
        let unfinished = folder.with_extension(format!("{}.unfinished", std::process::id()));
        std::fs::create_dir_all(&unfinished)?;
        let made = make(&unfinished);
        if made.is_err() {
            std::fs::remove_dir_all(&unfinished)?;
        }
        made?;
        if std::fs::rename(&unfinished, folder).is_err() {
            // Another task of this checkout was quicker.
            std::fs::remove_dir_all(&unfinished)?;
        }
    }
    Ok(folder.to_owned())
}
