//! Where things are.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

/// The folders of this checkout.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The checkout.
    pub(crate) root: PathBuf,
}

impl Layout {
    /// The checkout that cargo runs this task for: two of them may share a target folder, and then this program.
    pub(crate) fn find() -> Result<Self> {
        let package =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package).parent().context("xtask lies in the checkout")?;
        Ok(Self { root: root.to_owned() })
    }

    /// All that tasks make.
    pub(crate) fn local(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// Tools that were brought in, for every stack of this checkout.
    pub(crate) fn cache(&self) -> PathBuf {
        self.local().join("cache")
    }

    /// What one stack needs and leaves: `dev` is `up`'s, `test` is `test`'s.
    pub(crate) fn stack(&self, name: &str) -> PathBuf {
        self.local().join(name)
    }

    /// The cargo that built this program, in this checkout.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.root);
        cargo
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from)
    }
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
