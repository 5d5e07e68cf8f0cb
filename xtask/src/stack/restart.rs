//! `cargo xtask restart`: an outage of one server, for whoever wants to see what it does.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::{
    description::Description,
    processes::Processes,
    services::{self, Service},
    up::STACK,
};
use crate::{layout::Layout, prerequisites, process::Started, progress::step, tools::opensearch::Data};

/// Kill a server of the local stack, and start it again on its port.
///
/// OpenSearch comes back with all that it had acknowledged; Redis comes back empty. The stack is the one of `up`, or
/// the one whose stack.json the environment names in PASSBOOK_STACK.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "clap shows it as plain text")]
pub(crate) struct Arguments {
    /// Which one.
    server: Server,
    /// How long it stays away.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    away: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Server {
    /// The transaction history.
    Opensearch,
    /// The cache of account summaries.
    Redis,
}

impl Server {
    /// The name of its process.
    fn name(self) -> &'static str {
        match self {
            Self::Opensearch => "opensearch",
            Self::Redis => "redis",
        }
    }

    /// Where it listens.
    fn port(self, stack: &Description) -> Result<u16> {
        let url = match self {
            Self::Opensearch => &stack.opensearch_url,
            Self::Redis => &stack.cache_url,
        };
        let port = url.rsplit(':').next().unwrap_or_default().trim_end_matches('/');
        port.parse().with_context(|| format!("{url} names no port"))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (layout, prerequisites) = (Layout::find()?, prerequisites::check()?);
    let (server, stack) = (arguments.server, folder(&layout));
    let name = server.name();
    let description = Description::read(&stack)
        .with_context(|| format!("there is no stack in {}: `cargo xtask up` starts one", stack.display()))?;
    let port = server.port(&description)?;
    running(&stack, name)?.kill()?;
    eprintln!("  ✓ {name} is killed");
    if arguments.away > 0 {
        std::thread::sleep(Duration::from_secs(arguments.away));
    }
    step(&format!("start {name} again"), || {
        let service: Service = match server {
            Server::Opensearch => services::opensearch(&layout, &prerequisites, &stack, port, Data::Left)?,
            Server::Redis => services::redis(&prerequisites, &stack, port)?,
        };
        service.wait()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The folder of the stack.
fn folder(layout: &Layout) -> PathBuf {
    let named = std::env::var_os("PASSBOOK_STACK").map(PathBuf::from);
    let named = named.and_then(|file| file.parent().map(Path::to_owned));
    named.unwrap_or_else(|| layout.stack(STACK))
}

fn running(stack: &Path, name: &str) -> Result<Started> {
    let all = Processes::of(stack).running();
    all.into_iter()
        .find(|process| process.name == name)
        .with_context(|| format!("the stack in {} has no {name} of its own that runs", stack.display()))
}
