//! `cargo xtask down`: nothing is left running.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{build::STAGE, description, processes::Processes, services::TEMPORARY, up::STACK};
use crate::{
    layout::{Layout, remove_folder},
    progress::step,
};

/// End the local stack and forget its data.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Also remove all that was brought in (.local).
    #[arg(long)]
    purge: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let stack = layout.stack(STACK);
    let stopped = step("end the stack", || Processes::of(&stack).stop())?;
    let description = description::path(&stack);
    if description.exists() {
        std::fs::remove_file(description)?;
    }
    for folder in [TEMPORARY, STAGE] {
        remove_folder(&stack.join(folder))?;
    }
    if arguments.purge {
        remove_folder(&layout.local())?;
    }
    match stopped.as_slice() {
        [] => println!("Nothing was running."),
        names => println!("Ended {}. The data was in memory and is gone.", names.join(" and ")),
    }
    Ok(ExitCode::SUCCESS)
}
