//! `cargo xtask bench formance`: the bank beside Formance Ledger, in one run on one machine.

mod figures;
mod plot;
mod report;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::{
    bench_target, bring_up, illustrated::Illustrated, load, machine, other_workspace, output, servers,
};
use crate::{
    layout::Layout,
    prerequisites::Prerequisites,
    process::output_of,
    progress::step,
    stack::{
        build::{self, Built},
        description::{self, Description},
        ports,
        processes::Processes,
        services::{self, Service},
    },
    tools::{
        dynamodb_local,
        formance::{self, Ledger},
        opensearch,
        postgres::{Postgres, STOCK_SETTINGS, Settings, UNDURABLE_SETTINGS},
        python,
    },
};
use figures::{Commands, Deployed, Questions, Whole, Writes};

const EXAMPLES: &str = "Examples:
  cargo xtask bench formance            everything: 17 minutes, and a quarter of an hour to build at first
  cargo xtask bench formance --quick    short histories and short windows, on the standard output: four minutes
  cargo xtask bench formance --ledger ~/bin/ledger
                                        a ledger that was built elsewhere
  cargo xtask bench formance --source ~/src/formance-ledger
                                        built from a clone of its repository, where the public one cannot be reached
  cargo xtask bench formance --again    write the section anew from the figures of the last whole run";

const SECTION: Illustrated<Whole> = Illustrated {
    name: "formance",
    markdown: |whole, _| report::markdown(whole),
    svg: |whole| plot::svg(&whole.questions),
};

/// Measure commands and questions here and with Formance Ledger (Go, PostgreSQL), over HTTP by the same clients.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only histories up to 1,000 and short windows; prints instead of writing.
    #[arg(long)]
    quick: bool,
    /// The length of a window of commands, in seconds; a question has half of it.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Formance Ledger's program, if it was built already.
    #[arg(long, value_name = "PATH")]
    ledger: Option<PathBuf>,
    /// The repository that it is built from, by its tag.
    #[arg(long, value_name = "URL", default_value = formance::SOURCE, conflicts_with = "ledger")]
    source: String,
    /// Leave out the deployed stack, for which all functions are built.
    #[arg(long)]
    no_stack: bool,
    /// Measure nothing: write the section from the figures that the last whole run has left.
    #[arg(long, conflicts_with = "quick")]
    again: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.again {
        return SECTION.again();
    }
    let (layout, whole) = servers(|layout, prerequisites, stack| {
        Ok((layout.clone(), measure(arguments, layout, prerequisites, stack)?))
    })?;
    SECTION.finish(&layout, arguments.quick, &serde_json::to_string_pretty(&whole)?, &whole.note)
}

fn measure(
    arguments: &Arguments,
    layout: &Layout,
    prerequisites: &Prerequisites,
    stack: &Path,
) -> Result<Whole> {
    let postgres = Postgres::find()?;
    let ledger = match &arguments.ledger {
        Some(program) => Ledger::given(program)?,
        None => step("bring in Formance Ledger", || Ledger::install(layout, &arguments.source))?,
    };
    let bench = Bench::build(layout, arguments)?;
    let (note, load_before) = (note(&ledger, &postgres)?, load());
    let servers = Servers { layout, prerequisites, stack, postgres: &postgres, ledger: &ledger };
    // Nothing of what was measured is to take part in what is measured next.
    let commands = alone(stack, || bench.commands(&servers))?;
    let questions = alone(stack, || bench.questions(&servers))?;
    let load_after = load();
    let undurable = alone(stack, || bench.undurable(&servers))?;
    let deployed = if arguments.no_stack { None } else { Some(alone(stack, || bench.deployed(&servers))?) };
    Ok(Whole { note, load_before, load_after, commands, questions, undurable, deployed })
}

/// Measures something, and ends all servers that were started for it.
fn alone<T>(stack: &Path, measure: impl FnOnce() -> Result<T>) -> Result<T> {
    let measured = measure()?;
    Processes::of(stack).stop()?;
    Ok(measured)
}

/// What servers are started from.
struct Servers<'a> {
    layout: &'a Layout,
    prerequisites: &'a Prerequisites,
    stack: &'a Path,
    postgres: &'a Postgres,
    ledger: &'a Ledger,
}

impl Servers<'_> {
    /// Formance Ledger over a PostgreSQL with these settings and nothing in it.
    fn formance(&self, settings: Settings) -> Result<Service> {
        let Self { layout, stack, postgres, ledger, .. } = *self;
        let port = ports::choose(ports::POSTGRES)?;
        let database = services::postgres(layout, postgres.clone(), stack, port, settings)?;
        database.wait()?;
        let formance = services::formance(ledger, stack, ports::choose(ports::FORMANCE)?, &database)?;
        formance.wait()?;
        Ok(formance)
    }
}

/// The measuring program, and how long it measures.
struct Bench {
    program: PathBuf,
    windows: Vec<String>,
}

impl Bench {
    fn build(layout: &Layout, arguments: &Arguments) -> Result<Self> {
        let mut cargo = other_workspace(layout, "build", "bench/formance");
        ensure!(cargo.status()?.success(), "the measuring program does not build: see above");
        let mut windows = vec!["--seconds".to_owned(), arguments.seconds.to_string()];
        windows.extend(arguments.quick.then(|| "--quick".to_owned()));
        Ok(Self { program: bench_target(layout).join("release/formance"), windows })
    }

    fn commands(&self, servers: &Servers<'_>) -> Result<Commands> {
        let mut measure = Command::new(&self.program);
        measure.arg("commands");
        self.sides(servers, &mut measure)?;
        parse(&output(&mut measure)?)
    }

    fn questions(&self, servers: &Servers<'_>) -> Result<Questions> {
        let mut measure = Command::new(&self.program);
        measure.arg("questions");
        let [dynamodb, search] = self.sides(servers, &mut measure)?;
        measure.args(["--dynamodb-url", &dynamodb.url, "--opensearch-url", &search.url]);
        parse(&output(&mut measure)?)
    }

    /// Starts both sides with nothing in them, and tells the measuring program where they are. Returns our stores.
    fn sides(&self, servers: &Servers<'_>, measure: &mut Command) -> Result<[Service; 2]> {
        let Servers { layout, prerequisites, stack, .. } = *servers;
        let stores = step("start DynamoDB Local and OpenSearch", || {
            let port = ports::choose(ports::DYNAMODB)?;
            let dynamodb = services::dynamodb_local(layout, prerequisites, stack, port)?;
            let port = ports::choose(ports::OPENSEARCH)?;
            let search = services::opensearch(layout, prerequisites, stack, port, opensearch::Data::None)?;
            [&dynamodb, &search].into_iter().try_for_each(Service::wait)?;
            Ok([dynamodb, search])
        })?;
        let ours = step("start the routes of our functions", || {
            let port = ports::choose(ports::ROUTES)?;
            let mut serve = Command::new(&self.program);
            serve.args(["serve", "--dynamodb-url", &stores[0].url, "--opensearch-url", &stores[1].url]);
            serve.args(["--port", &port.to_string()]);
            let ours = services::program("passbook-routes", &mut serve, stack, port)?;
            ours.wait()?;
            Ok(ours)
        })?;
        let theirs = step("start PostgreSQL and Formance Ledger", || servers.formance(&STOCK_SETTINGS))?;
        measure.args(["--formance-url", &theirs.url, "--passbook-url", &ours.url]).args(&self.windows);
        Ok(stores)
    }

    /// Theirs over a PostgreSQL that does not wait for its disk.
    fn undurable(&self, servers: &Servers<'_>) -> Result<Vec<Writes>> {
        let theirs = step("start both again, without durability", || servers.formance(&UNDURABLE_SETTINGS))?;
        let mut measure = Command::new(&self.program);
        parse(&output(measure.args(["theirs", "--formance-url", &theirs.url]).args(&self.windows))?)
    }

    /// The stack as `cargo xtask up` deploys it, through its gateway.
    fn deployed(&self, servers: &Servers<'_>) -> Result<Deployed> {
        let Servers { layout, prerequisites, stack, .. } = *servers;
        bring_up(layout, prerequisites, stack, Built::Debug)?;
        let Description { api_url, users, .. } =
            Description::read(stack).context("the stack has no description")?;
        let mut measure = Command::new(&self.program);
        measure.args(["stack", "--url", &api_url]).args(&self.windows);
        for user in users {
            let mut token = Command::new(build::command_line(layout));
            token.args(["token", "--user", &user.name]).env("PASSBOOK_STACK", description::path(stack));
            measure.args(["--token", output_of(&mut token)?.trim()]);
        }
        parse(&output(&mut measure)?)
    }
}

fn parse<T: serde::de::DeserializeOwned>(printed: &str) -> Result<T> {
    serde_json::from_str(printed).with_context(|| format!("no report: {printed}"))
}

fn note(ledger: &Ledger, postgres: &Postgres) -> Result<String> {
    let settings = STOCK_SETTINGS.map(|(name, value)| format!("{name} = {value}")).join(", ");
    Ok(format!(
        "{}; {}, {} connections, without a worker; {}, over TCP, its data on this machine's disk, with the stock settings \
         (`fsync` and `synchronous_commit` on) but for {settings}; DynamoDB Local {}, in memory; OpenSearch {}, as the local \
         stack starts it; the deployed stack on ministack {}, its functions built without optimizations",
        machine()?,
        ledger.note,
        formance::CONNECTIONS,
        postgres.version,
        dynamodb_local::VERSION,
        opensearch::VERSION,
        python::MINISTACK.version(),
    ))
}
