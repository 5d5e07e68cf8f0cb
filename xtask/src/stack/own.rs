//! A stack that one task has for itself, for as long as it works.

use std::path::Path;

use anyhow::Result;

use super::{processes::Processes, up::stop_on_interrupt};
use crate::{
    layout::Layout,
    prerequisites::{self, Prerequisites},
};

/// Does what needs servers of its own, and ends them whatever comes of it.
pub(crate) fn own<T>(
    name: &str,
    work: impl FnOnce(&Layout, &Prerequisites, &Path) -> Result<T>,
) -> Result<T> {
    let (layout, prerequisites) = (Layout::find()?, prerequisites::check()?);
    let stack = layout.stack(name);
    // What a run that was cut off has left.
    Processes::of(&stack).stop()?;
    std::fs::create_dir_all(stack.join("logs"))?;
    stop_on_interrupt(&stack)?;
    let outcome = work(&layout, &prerequisites, &stack);
    Processes::of(&stack).stop()?;
    outcome
}
