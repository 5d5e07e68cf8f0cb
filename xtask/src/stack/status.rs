//! `cargo xtask status`: what runs, and where.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{bring_up::is_up, description::Description, processes::Processes, up::STACK};
use crate::layout::Layout;

/// Say what runs, and where.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let stack = layout.stack(STACK);
    let (up, running) = (is_up(&stack), Processes::of(&stack).running());
    let description = Description::read(&stack).filter(|_| up);
    if arguments.json {
        println!("{:#}", json!({ "up": up, "processes": running, "stack": description }));
    } else if let Some(description) = description {
        println!("API         {}", description.api_url);
        println!("AWS         {}", description.endpoint_url);
        println!("OpenSearch  {}", description.opensearch_url);
        for process in running {
            println!("process     {} (pid {}, log {})", process.name, process.pid, process.log.display());
        }
    } else {
        println!("Passbook is not up: `cargo xtask up` starts it.");
    }
    Ok(if up { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
