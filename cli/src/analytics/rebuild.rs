//! `passbook rebuild analytics`: every file written anew out of the journal and the events.

use anyhow::{Context as _, Result};
use application::{
    journal::{FIRST_POSITION, Position},
    ports::Journal as _,
};
use read_models::analytics::{Compacted, Span};
use serde_json::json;

use crate::{exit::Exit, output, progress, stack::Stack};

/// Writes the files anew from a position on, from this machine; what counts is exact all the while.
pub(crate) async fn run(stack: &Stack, from: Option<Position>, json: bool) -> Result<Exit> {
    let from = from.unwrap_or(FIRST_POSITION);
    let (compactor, journal) = stack.compactor().await?;
    let end = journal.handed_on().await.context("the journal cannot be read")?;
    let bar = progress::bar(end.saturating_sub(from), "{pos}/{len}, {per_sec}, {eta} left");
    let rebuilt =
        compactor.rebuild(from, |Span { until, .. }| bar.set_position(until.saturating_sub(from))).await;
    bar.finish_and_clear();
    let Compacted { compactions, positions, files, .. } =
        rebuilt.context("the analytics are as before, or rebuilt in part: the same command goes on")?;
    if json {
        output::json(&json!({ "compactions": compactions, "positions": positions, "files": files }))?;
    } else {
        output::line(format!(
            "analytics completed: {positions} positions in {files} files of {compactions} compactions"
        ))?;
    }
    Ok(Exit::Done)
}
