//! `cargo xtask up`: the bank on this machine.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::{
    bring_up::{BringUp, Servers, is_up},
    build::command_line,
    deploy::{NO_SEARCH, REGION, lambda_architecture, search_parameter},
    description::{self, Description},
    ports,
    processes::Processes,
};
use crate::{layout::Layout, prerequisites, process::output_of};

/// The stack that people use.
pub(crate) const STACK: &str = "dev";

/// Run the bank on this machine: a local AWS, OpenSearch, a cache, the functions, real transactions.
///
/// With AWS_ENDPOINT_URL set, deploys to that LocalStack-compatible endpoint instead of one of its own (and with
/// OPENSEARCH_URL or CACHE_URL set uses that OpenSearch, or that Valkey or Redis). Data is kept in memory: `down` forgets it.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "clap shows it as plain text")]
pub(crate) struct Arguments {
    /// The port of the AWS endpoint [default: 4566, or any that is free].
    #[arg(long)]
    port: Option<u16>,
    /// Start without accounts.
    #[arg(long)]
    no_import: bool,
    /// Do without OpenSearch: the history comes from the events (the template's Search=none).
    #[arg(long)]
    no_search: bool,
    /// Start the servers alone, and say where they are to whoever deploys by `sam deploy --config-env local`.
    #[arg(long, conflicts_with = "no_import")]
    empty: bool,
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
        return finish(&layout, &description, arguments.json);
    }
    Processes::of(&stack).stop()?;
    let prerequisites = prerequisites::check()?;
    stop_on_interrupt(&stack)?;
    let endpoint_url = std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty());
    let bring_up = BringUp {
        aws_port: arguments.port.map(ports::insist).transpose()?,
        opensearch_url: opensearch_url(arguments),
        cache_url: std::env::var("CACHE_URL").ok().filter(|url| !url.is_empty()),
        endpoint_url,
        with_sample: !arguments.no_import,
        ..BringUp::new(&layout, &prerequisites, &stack)
    };
    if arguments.empty {
        return say_where(&bring_up.servers()?, arguments.json);
    }
    finish(&layout, &bring_up.run()?, arguments.json)
}

fn opensearch_url(arguments: &Arguments) -> Option<String> {
    if arguments.no_search {
        return Some(NO_SEARCH.to_owned());
    }
    std::env::var("OPENSEARCH_URL").ok().filter(|url| !url.is_empty())
}

/// What `aws` and `sam` have to know of servers with nothing in them.
fn say_where(servers: &Servers, json: bool) -> Result<ExitCode> {
    let Servers { endpoint_url, opensearch_url, cache_url } = servers;
    let (architecture, search) = (lambda_architecture()?, search_parameter(opensearch_url));
    if json {
        println!(
            "{:#}",
            json!({ "endpoint_url": endpoint_url, "opensearch_url": opensearch_url, "cache_url": cache_url })
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "\nThe servers are up, with nothing in them. Paste this …\n\n\
         export AWS_ENDPOINT_URL={endpoint_url} AWS_DEFAULT_REGION={REGION}\n\
         export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n\n\
         … then deploy, and try what was deployed:\n\n\
         cargo xtask package --arch {architecture}\n\
         sam deploy --config-env local --parameter-overrides Architecture={architecture} {search} \
         CacheUrl={cache_url} DeletionProtection=false\n\
         TARGET=passbook cargo test -p acceptance --test acceptance -- --skip imported --skip analytics_files\n\n\
         `cargo xtask down` ends them."
    );
    Ok(ExitCode::SUCCESS)
}

/// What was started has a life of its own, so an interrupted task has to end it.
pub(crate) fn stop_on_interrupt(stack: &std::path::Path) -> Result<()> {
    let processes = Processes::of(stack);
    let set = ctrlc::set_handler(move || {
        eprintln!("\ninterrupted: ending what was started");
        let _ = processes.stop();
        std::process::exit(130);
    });
    match set {
        // A task that runs several benchmarks has them on one stack, which the first of them has caught it for.
        Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        set => set.context("Ctrl-C cannot be caught"),
    }
}

/// What a new user needs: where it is, a token, and something to try.
fn finish(layout: &Layout, description: &Description, json: bool) -> Result<ExitCode> {
    let stack = description::path(&layout.stack(STACK));
    let token = output_of(Command::new(command_line(layout)).arg("token").env("PASSBOOK_STACK", stack))?;
    let (url, token) = (&description.api_url, token.trim());
    let tools = command_line(layout).parent().unwrap_or(&layout.root).display().to_string();
    if json {
        println!("{:#}", json!({ "api_url": url, "token": token, "account_id": description.sample_account }));
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "\nPassbook is up: {url}\n\n\
         Paste these three lines (the token is an admin's, for an hour) …\n\n\
         export API='{url}'\n\
         export TOKEN='{token}'\n\
         export PATH=\"{tools}:$PATH\"\n\n\
         … and then any of these:\n"
    );
    for line in lines_to_try(description.sample_account.as_deref()) {
        println!("{line}");
    }
    println!("\nAlso: `passbook --help`, `cargo xtask status`, `cargo xtask down`.");
    Ok(ExitCode::SUCCESS)
}

/// Three lines that work when they are pasted.
fn lines_to_try(account: Option<&str>) -> [String; 3] {
    const GET: &str = "curl -s -w '\\n' -H \"Authorization: Bearer $TOKEN\"";
    let post = |path: &str, body: &str| {
        let headers = "-H \"Idempotency-Key: $(date +%s%N)\" -H 'Content-Type: application/json'";
        format!("{GET} {headers} -d '{body}' \"$API{path}\"")
    };
    let Some(account) = account else {
        return [
            post(
                "/v1/accounts",
                r#"{"account_id":"mine","account_type":"SAVINGS","initial_deposit":"5000.00"}"#,
            ),
            post("/v1/accounts/mine/deposits", r#"{"amount":"250.00","reference":"hello"}"#),
            format!("{GET} \"$API/v1/accounts/mine?min_version=2\""),
        ];
    };
    [
        format!("{GET} \"$API/v1/accounts/{account}\""),
        format!("{GET} \"$API/v1/accounts/{account}/transactions?from=1993-01-01T00:00:00Z&page_size=3\""),
        post(&format!("/v1/accounts/{account}/deposits"), r#"{"amount":"250.00","reference":"hello"}"#),
    ]
}
