//! `cargo xtask bench crud`: the query side beside a normalized PostgreSQL, with the same transactions in both.

mod plot;
mod report;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

use super::{illustrated::Illustrated, load, machine, other_workspace, output, servers};
use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    progress::step,
    stack::{ports, services},
    tools::{
        dynamodb_local, opensearch,
        postgres::{Postgres, SETTINGS},
    },
};
use report::Report;

const EXAMPLES: &str = "Examples:
  cargo xtask bench crud            a million transactions: about half an hour, and ten minutes to build at first
  cargo xtask bench crud --quick    ten thousand, on the standard output
  cargo xtask bench crud --transactions 10000000 --data bank-1993.csv
  cargo xtask bench crud --again    write the section anew from the figures of the last whole run";

const SECTION: Illustrated<Report> = Illustrated { name: "crud", markdown: report::markdown, svg: plot::svg };

/// Measure account summaries and history pages, here and in a normalized PostgreSQL.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The largest size of the bank; each tenth of it is measured too, down to 10,000.
    #[arg(long, default_value_t = 1_000_000)]
    transactions: usize,
    /// Transactions to multiply, in the form that `passbook import` reads; the sample of 1993, if absent.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Only the smallest size, short accounts and short windows; prints instead of writing.
    #[arg(long)]
    quick: bool,
    /// Measure nothing: write the section from the figures that the last whole run has left.
    #[arg(long, conflicts_with = "quick")]
    again: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.again {
        return SECTION.again();
    }
    let (layout, note, printed) =
        servers(|layout, prerequisites, stack| measure(arguments, layout, prerequisites, stack))?;
    SECTION.finish(&layout, arguments.quick, &printed, &note)
}

fn measure(
    arguments: &Arguments,
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
) -> Result<(Layout, String, String)> {
    let postgres = Postgres::find()?;
    let sample = || layout.root.join("tests/fixtures/bank-1993-sample.csv");
    let data = arguments.data.clone().unwrap_or_else(sample);
    let data = data.canonicalize().with_context(|| format!("{} cannot be read", data.display()))?;
    let note = note(&postgres, &data)?;
    let (dynamodb, search, database) = step("start PostgreSQL, DynamoDB Local and OpenSearch", || {
        let dynamodb =
            services::dynamodb_local(layout, prerequisites, stack, ports::choose(ports::DYNAMODB)?)?;
        let port = ports::choose(ports::OPENSEARCH)?;
        let search = services::opensearch(layout, prerequisites, stack, port, opensearch::Data::None)?;
        let database =
            services::postgres(layout, postgres, stack, ports::choose(ports::POSTGRES)?, &SETTINGS)?;
        dynamodb.wait()?;
        search.wait()?;
        database.wait()?;
        Ok((dynamodb, search, database))
    })?;
    let mut bench = other_workspace(layout, "run", "bench/crud");
    bench.args(["--", "--dynamodb-url", &dynamodb.url]);
    bench.args(["--opensearch-url", &search.url, "--postgres", &database.url]).arg("--data").arg(data);
    bench.args(["--transactions", &arguments.transactions.to_string()]);
    bench.args(arguments.quick.then_some("--quick"));
    let printed = output(&mut bench)?;
    Ok((layout.clone(), note, printed))
}

fn note(postgres: &Postgres, data: &Path) -> Result<String> {
    let settings = SETTINGS.map(|(name, value)| format!("{name} = {value}")).join(", ");
    let data = data.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!(
        "**The run.** {}, load average before it {}; {}, over TCP, with the stock settings but for {settings}; \
         DynamoDB Local {}, in memory; OpenSearch {}, as the local stack starts it; tokio-postgres 0.7.18; the \
         transactions of `{data}`.",
        machine()?,
        load(),
        postgres.version,
        dynamodb_local::VERSION,
        opensearch::VERSION,
    ))
}
