//! `cargo xtask openapi`: writes what the handlers say of the API.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;

use crate::layout::Layout;

/// Write the OpenAPI document from the handlers, after one of them was changed.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(Arguments {}: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let mut cargo = layout.cargo();
    cargo.args(["test", "--quiet", "--package", "http-api", "--test", "http"]);
    cargo.arg("the_document_that_is_served").env("PASSBOOK_WRITE_DOCUMENT", "true");
    ensure!(cargo.status()?.success(), "the document could not be written: see above");
    println!("{} is what the handlers say", document(&layout).display());
    Ok(ExitCode::SUCCESS)
}

/// Where the document is.
pub(crate) fn document(layout: &Layout) -> std::path::PathBuf {
    layout.root.join("shared/http-api/openapi.json")
}
