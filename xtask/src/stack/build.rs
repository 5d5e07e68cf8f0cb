//! The functions, built for this machine and laid out as the template wants them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};

use crate::{
    layout::{Layout, remove_folder},
    package,
    process::run_logged,
};

/// The folder of a stack in which its functions are laid out.
pub(crate) const STAGE: &str = "stage";

/// As what the functions were built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Built {
    /// For this machine, in a moment, without optimizations.
    Debug,
    /// As they go to AWS, by `cargo xtask package`.
    Packaged,
}

impl Built {
    fn program(self, layout: &Layout, function: &str) -> PathBuf {
        match self {
            Self::Debug => layout.target().join("debug").join(function),
            Self::Packaged => package::bootstrap(layout, function),
        }
    }
}

/// Every package under `functions/`, by the name of its folder.
pub(crate) fn functions(layout: &Layout) -> Result<Vec<String>> {
    let entries =
        std::fs::read_dir(layout.root.join("functions")).context("the checkout has no functions")?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Builds the functions and the command line; cargo shows its own progress.
pub(crate) fn build(layout: &Layout) -> Result<()> {
    let mut cargo = layout.cargo();
    cargo.arg("build");
    select(layout, &mut cargo)?;
    ensure!(cargo.status()?.success(), "the functions do not build: see above");
    Ok(())
}

/// Selects the functions and the command line. What is built along with them shares their dependencies; by itself it
/// would need them with other features, which takes minutes.
pub(crate) fn select(layout: &Layout, cargo: &mut Command) -> Result<()> {
    cargo.args(["--package", "passbook"]);
    for function in functions(layout)? {
        cargo.args(["--package", &function]);
    }
    Ok(())
}

/// Where the command line was built to.
pub(crate) fn command_line(layout: &Layout) -> PathBuf {
    layout.target().join("debug/passbook")
}

/// Copies the template, its nested ones and the built functions to a folder from which they are packaged: the same
/// layout that `cargo lambda build` leaves for AWS, without touching that.
pub(crate) fn stage(layout: &Layout, stack: &Path, built: Built) -> Result<PathBuf> {
    let stage = stack.join(STAGE);
    remove_folder(&stage)?;
    std::fs::create_dir_all(stage.join("infra"))?;
    std::fs::copy(layout.root.join("template.yaml"), stage.join("template.yaml"))?;
    for entry in std::fs::read_dir(layout.root.join("infra"))?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "yaml") {
            std::fs::copy(entry.path(), stage.join("infra").join(entry.file_name()))?;
        }
    }
    for function in functions(layout)? {
        let folder = stage.join("target/lambda").join(&function);
        std::fs::create_dir_all(&folder)?;
        copy_stripped(&built.program(layout, &function), &folder.join("bootstrap"), stack)?;
        mark(&folder)?;
    }
    Ok(stage)
}

/// Lays a file beside the program that says when it was laid out. SAM publishes a version of a function only if its
/// code is another one; with this, settings alone reach the alias too (docs/adr/0018).
pub(crate) fn mark(folder: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "no test replays a release")]
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(std::fs::write(folder.join("release"), nanos.to_string())?)
}

/// Debug information would make up nine tenths of what is zipped and unzipped.
fn copy_stripped(from: &Path, to: &Path, stack: &Path) -> Result<()> {
    let log = stack.join("logs/stage.log");
    if run_logged(Command::new("strip").arg("-o").arg(to).arg(from), &log).is_err() {
        std::fs::copy(from, to).with_context(|| format!("{} was not built", from.display()))?;
    }
    Ok(())
}
