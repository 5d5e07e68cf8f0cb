//! The TypeScript client: generated from the document, compiled, and run against a bank.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::{
    contract::{api_url, token},
    layout::Layout,
    process::run_logged,
    progress::step,
};

/// Who uses it.
const USER: &str = "customer-19";

/// Builds the client and runs its tests against a stack that is up.
pub(crate) fn test(layout: &Layout, stack: &Path) -> Result<()> {
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(layout.root.join("clients/typescript")).args(arguments);
        npm
    };
    let log = stack.join("logs/client.log");
    step("bring in what the TypeScript client needs", || run_logged(&mut npm(&["ci"]), &log))?;
    step("generate and compile the TypeScript client", || run_logged(&mut npm(&["run", "build"]), &log))?;
    let mut tests = npm(&["test"]);
    tests.env("PASSBOOK_API_URL", api_url(stack)?).env("PASSBOOK_TOKEN", token(layout, stack, USER)?);
    ensure!(tests.status()?.success(), "a test of the TypeScript client fails");
    Ok(())
}
