//! cargo-deny, built from its source once, unless this machine has one.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use super::once;
use crate::{layout::Layout, process::run_logged};

const VERSION: &str = "0.20.2";

/// The program to call.
pub(crate) fn install(layout: &Layout) -> Result<PathBuf> {
    if Command::new("cargo-deny").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(PathBuf::from("cargo-deny"));
    }
    let folder = once(&layout.cache().join(format!("cargo-deny-{VERSION}")), |folder| {
        let mut cargo = Command::new(env!("CARGO"));
        // Without optimizations it is there in half the time, and checks as quickly as anybody waits for.
        cargo.args(["install", "--debug", "--quiet", "--locked", "--no-track", "--root"]).arg(folder);
        cargo.arg(format!("cargo-deny@{VERSION}"));
        // And without what a debugger wants, in less again.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
        run_logged(&mut cargo, &layout.cache().join("cargo-deny.log"))
    })?;
    Ok(folder.join("bin/cargo-deny"))
}
