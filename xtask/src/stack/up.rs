//! `cargo xtask up`: the bank on this machine.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::{
    bring_up::{BringUp, is_up},
    build::command_line,
    description::{self, Description},
    import, ports,
    processes::Processes,
};
use crate::{layout::Layout, prerequisites, process::output_of};

/// The stack that people use.
pub(crate) const STACK: &str = "dev";

/// Run the bank on this machine: a local AWS, OpenSearch, the functions, real transactions.
///
/// With AWS_ENDPOINT_URL set, deploys to that LocalStack-compatible endpoint instead of one of its own (and with
/// OPENSEARCH_URL set uses that OpenSearch). Data is kept in memory: `down` forgets it.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "clap shows it as plain text")]
pub(crate) struct Arguments {
    /// The port of the AWS endpoint [default: 4566, or any that is free].
    #[arg(long)]
    port: Option<u16>,
    /// Start without accounts.
    #[arg(long)]
    no_import: bool,
    /// End with JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let layout = Layout::find()?;
    let stack = layout.stack(STACK);
    if is_up(&stack) {
        let description =
            Description::read(&stack).context("stack.json cannot be read: `cargo xtask down` first")?;
        eprintln!("Passbook is up already (`cargo xtask down` ends it).");
        return finish(&layout, &description, None, arguments.json);
    }
    Processes::of(&stack).stop()?;
    let prerequisites = prerequisites::check()?;
    stop_on_interrupt(&stack)?;
    let endpoint_url = std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty());
    let bring_up = BringUp {
        aws_port: arguments.port.map_or_else(|| ports::choose(ports::AWS), ports::insist)?,
        opensearch_url: std::env::var("OPENSEARCH_URL").ok().filter(|url| !url.is_empty()),
        endpoint_url,
        with_sample: !arguments.no_import,
        stack,
        prerequisites,
        layout: layout.clone(),
    };
    let (description, account) = bring_up.run()?;
    finish(&layout, &description, account, arguments.json)
}

/// What was started has a life of its own, so an interrupted task has to end it.
pub(crate) fn stop_on_interrupt(stack: &std::path::Path) -> Result<()> {
    let processes = Processes::of(stack);
    ctrlc::set_handler(move || {
        eprintln!("\ninterrupted: ending what was started");
        let _ = processes.stop();
        std::process::exit(130);
    })
    .context("Ctrl-C cannot be caught")
}

fn finish(
    layout: &Layout,
    description: &Description,
    account: Option<String>,
    json: bool,
) -> Result<ExitCode> {
    let stack = description::path(&layout.stack(STACK));
    let token = output_of(Command::new(command_line(layout)).arg("token").env("PASSBOOK_STACK", stack))?;
    let (url, token) = (&description.api_url, token.trim());
    if json {
        println!("{:#}", json!({ "api_url": url, "token": token, "account": account }));
        return Ok(ExitCode::SUCCESS);
    }
    let account = account.unwrap_or_else(|| import::WELL_KNOWN_ACCOUNT.to_owned());
    println!(
        "\nPassbook is up: {url}\n\n\
         Paste these two lines, then any of the three below (the token is an admin's, for an hour):\n\n\
         export API='{url}'\n\
         export TOKEN='{token}'\n\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" \"$API/v1/accounts/{account}\"\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" \"$API/v1/accounts/{account}/transactions?from=1993-01-01T00:00:00Z&page_size=3\"\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" -H \"Idempotency-Key: $(date +%s%N)\" -H 'Content-Type: application/json' \
         -d '{{\"amount\":\"250.00\",\"reference\":\"hello\"}}' \"$API/v1/accounts/{account}/deposits\"\n\n\
         Also: cargo run -q -p passbook -- history {account}    cargo xtask status    cargo xtask down"
    );
    Ok(ExitCode::SUCCESS)
}
