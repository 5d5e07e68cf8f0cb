//! The servers of a stack.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Result;

use super::{http, processes::Processes};
use crate::{
    layout::{Layout, remove_folder},
    prerequisites::Prerequisites,
    process::Started,
    tools::{
        self,
        formance::Ledger,
        opensearch::Data,
        postgres::{Postgres, Settings},
    },
};

/// A cold JVM on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(120);

/// The folder of a stack in which ministack has its temporary files.
pub(crate) const TEMPORARY: &str = "tmp";

/// A server that was started.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) url: String,
    health: Health,
    process: Started,
}

/// How a server says that it is ready.
#[derive(Clone, Debug)]
enum Health {
    /// At this path.
    Http(&'static str),
    /// On this port, in Redis's protocol.
    Redis(u16),
    /// On this port, as its own program asks.
    Postgres(Postgres, u16),
}

impl Service {
    /// Waits until it answers.
    pub(crate) fn wait(&self) -> Result<()> {
        self.process.wait_for(START_DEADLINE, || match &self.health {
            Health::Http(path) => http::answers(&self.url, path),
            Health::Redis(port) => tools::redis::answers(*port),
            Health::Postgres(postgres, port) => postgres.answers(*port),
        })
    }
}

fn service(process: Started, stack: &Path, port: u16, health: &'static str) -> Result<Service> {
    Processes::of(stack).add(&process)?;
    Ok(Service { url: format!("http://127.0.0.1:{port}"), health: Health::Http(health), process })
}

/// Starts ministack.
pub(crate) fn ministack(
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
    port: u16,
    dynamodb_url: Option<&str>,
) -> Result<Service> {
    let bin = tools::python::MINISTACK.install(layout, prerequisites)?;
    // It keeps the code of every function that it ever ran there.
    let temporary = stack.join(TEMPORARY);
    remove_folder(&temporary)?;
    std::fs::create_dir_all(&temporary)?;
    let mut command = Command::new(bin.join("python"));
    command
        .arg(layout.root.join("infra/local/launcher.py"))
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("IOT_MTLS_ENABLED", "0")
        .env("TMPDIR", &temporary)
        // Functions inherit it: without it they would call the real AWS.
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    if let Some(url) = dynamodb_url {
        // For one service alone, as every AWS SDK reads it.
        command.env("AWS_ENDPOINT_URL_DYNAMODB", url);
    }
    service(
        Started::spawn("ministack", &mut command, &stack.join("logs"))?,
        stack,
        port,
        "/_ministack/health",
    )
}

/// Starts OpenSearch.
pub(crate) fn opensearch(
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
    port: u16,
    begin_with: Data,
) -> Result<Service> {
    let folder = tools::opensearch::install(layout, prerequisites)?;
    let health = "/_cluster/health?wait_for_status=yellow&timeout=1s";
    let process = tools::opensearch::start(&folder, prerequisites, stack, port, begin_with)?;
    service(process, stack, port, health)
}

/// Starts DynamoDB Local.
pub(crate) fn dynamodb_local(
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
    port: u16,
) -> Result<Service> {
    let folder = tools::dynamodb_local::install(layout)?;
    service(tools::dynamodb_local::start(&folder, prerequisites, stack, port)?, stack, port, http::ANY_ANSWER)
}

/// Starts Valkey or Redis.
pub(crate) fn redis(prerequisites: &Prerequisites, stack: &Path, port: u16) -> Result<Service> {
    let process = tools::redis::start(prerequisites, stack, port)?;
    Processes::of(stack).add(&process)?;
    Ok(Service { url: format!("redis://127.0.0.1:{port}"), health: Health::Redis(port), process })
}

/// Starts PostgreSQL.
pub(crate) fn postgres(
    layout: &Layout,
    postgres: Postgres,
    stack: &Path,
    port: u16,
    settings: Settings,
) -> Result<Service> {
    let process = postgres.start(layout, stack, port, settings)?;
    Processes::of(stack).add(&process)?;
    let url = format!("postgresql://{}@127.0.0.1:{port}/postgres?sslmode=disable", tools::postgres::USER);
    Ok(Service { url, health: Health::Postgres(postgres, port), process })
}

/// Starts Formance Ledger over a PostgreSQL.
pub(crate) fn formance(ledger: &Ledger, stack: &Path, port: u16, database: &Service) -> Result<Service> {
    service(ledger.start(stack, port, &database.url)?, stack, port, "/_healthcheck")
}

/// Starts a program of ours that serves HTTP on this port.
pub(crate) fn program(name: &str, command: &mut Command, stack: &Path, port: u16) -> Result<Service> {
    service(Started::spawn(name, command, &stack.join("logs"))?, stack, port, http::ANY_ANSWER)
}
