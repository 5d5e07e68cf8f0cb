//! The folder with the profiles: one stack file each.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::Name;
use crate::{exit::Failure, stack::Stack};

/// Below the user's folder for configuration.
const FOLDER: &str = "passbook/profiles";

const SUFFIX: &str = ".json";

/// The profiles of one user.
pub(crate) struct Profiles {
    folder: PathBuf,
}

impl Profiles {
    /// By the XDG Base Directory Specification: a folder that is not absolute counts as none.
    pub(crate) fn of_user() -> Result<Self> {
        let named =
            std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let config = named.or_else(|| Some(std::env::home_dir()?.join(".config")));
        let config = config.ok_or_else(|| Failure::usage("there is no home folder: set XDG_CONFIG_HOME"))?;
        Ok(Self::below(&config))
    }

    fn below(config: &Path) -> Self {
        Self { folder: config.join(FOLDER) }
    }

    /// Where a profile is, or would be.
    pub(crate) fn file(&self, name: &Name) -> PathBuf {
        self.folder.join(format!("{name}{SUFFIX}"))
    }

    /// Those that there are, by name.
    pub(super) fn names(&self) -> Result<Vec<Name>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("{} cannot be read", self.folder.display()))?,
        };
        let name = |entry: io::Result<std::fs::DirEntry>| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_suffix(SUFFIX)?.parse::<Name>().ok()
        };
        let mut names: Vec<Name> = entries.filter_map(name).filter(|name| !name.is_local()).collect();
        names.sort();
        Ok(names)
    }

    /// Writes a profile, whole or not at all.
    pub(super) fn write(&self, name: &Name, stack: &Stack) -> Result<PathBuf> {
        let (file, unfinished) = (self.file(name), self.folder.join(format!("{name}.unfinished")));
        let text = format!("{}\n", serde_json::to_string_pretty(stack)?);
        let written = std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(&unfinished, text))
            .and_then(|()| std::fs::rename(&unfinished, &file));
        written.with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }

    /// Removes a profile, and says where it was.
    pub(super) fn remove(&self, name: &Name) -> Result<PathBuf> {
        let file = self.file(name);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let words =
                    format!("there is no profile {name}: `passbook profile list` shows those that there are");
                Err(Failure::usage(words).into())
            }
            removed => {
                removed.with_context(|| format!("{} cannot be removed", file.display()))?;
                Ok(file)
            }
        }
    }
}
