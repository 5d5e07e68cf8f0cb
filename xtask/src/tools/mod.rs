//! Tools that a task brings into `.local/cache`, each at a pinned version, each once; and those that the machine has.

pub(crate) mod cargo_deny;
pub(crate) mod dynamodb_local;
pub(crate) mod formance;
pub(crate) mod opensearch;
pub(crate) mod postgres;
pub(crate) mod python;
pub(crate) mod redis;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};

/// The user as whom a server runs if root starts it and it refuses to run as root: `nobody` on most systems.
const UNPRIVILEGED_UID: &str = "65534";

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

/// A program that works on this data and needs what lies in a folder: as it is, or for root as somebody else; where nobody
/// else may read the checkout, as somebody else in name.
fn unprivileged(program: &Path, needs: &Path, data: &Path) -> Result<Command> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(Command::new(program));
    }
    let drop = [
        format!("--reuid={UNPRIVILEGED_UID}"),
        format!("--regid={UNPRIVILEGED_UID}"),
        "--clear-groups".to_owned(),
    ];
    let may = |flag: &str, path: &Path| {
        let mut test = Command::new("setpriv");
        test.args(&drop).args(["test", flag]).arg(path);
        test.status().is_ok_and(|status| status.success())
    };
    if may("-r", needs) && may("-x", data) && may("-x", program) {
        let owner = format!("{UNPRIVILEGED_UID}:{UNPRIVILEGED_UID}");
        let status = Command::new("chown").args(["-R", &owner]).arg(data).status()?;
        ensure!(status.success(), "{} cannot be given to {owner}", data.display());
        let mut command = Command::new("setpriv");
        command.args(&drop).arg(program);
        return Ok(command);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-user=1000", "--map-group=1000"]).arg(program);
    Ok(command)
}
