//! `cargo xtask`: runs the bank on this machine, and proves it.
//!
//! Everything that a task brings or makes goes into `.local`, which git ignores.

#![expect(clippy::print_stdout, reason = "a command line tool answers on the standard output")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tasks run outside of the functions: they wait and read the clock"
)]

mod bench;
mod client;
mod contract;
mod fire;
mod fuzz;
mod layout;
mod openapi;
mod package;
mod prerequisites;
mod process;
mod progress;
mod scale;
mod simulate;
mod stack;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "Examples:
  cargo xtask up                     run the bank on a local AWS, with real transactions in it
  cargo xtask status                 what runs, and where
  cargo xtask restart opensearch --away 10
                                     see what an outage does
  cargo xtask test                   prove it all
  cargo xtask test --only acceptance transfer
  cargo xtask simulate --seeds 1000000
                                     look for what only rare faults together bring about
  cargo xtask scale                  see at which rate what falls behind
  cargo xtask fire --operations 100000 --schedules 20
                                     the deployed bank under faults, as long as you like
  cargo xtask contract --examples 400
                                     ask the running API what its document does not say
  cargo xtask fuzz --seconds 600     look for inputs that are not taken as they have to be
  cargo xtask bench all              measure everything, and write docs/benchmarks.md
  cargo xtask package                build the functions for AWS, and weigh them
  cargo xtask down                   leave nothing running
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 cargo xtask up
                                     deploy to a LocalStack-compatible endpoint that runs already";

/// The project's tasks.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Up(stack::up::Arguments),
    Down(stack::down::Arguments),
    Status(stack::status::Arguments),
    Restart(stack::restart::Arguments),
    Test(test::Arguments),
    Simulate(simulate::Arguments),
    Scale(scale::Arguments),
    Fire(fire::Arguments),
    Contract(contract::Arguments),
    Openapi(openapi::Arguments),
    Fuzz(fuzz::Arguments),
    Bench(bench::Arguments),
    Package(package::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Up(arguments) => stack::up::run(&arguments),
        Task::Down(arguments) => stack::down::run(&arguments),
        Task::Status(arguments) => stack::status::run(&arguments),
        Task::Restart(arguments) => stack::restart::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Simulate(arguments) => simulate::run(&arguments),
        Task::Scale(arguments) => scale::run(&arguments),
        Task::Fire(arguments) => fire::run(&arguments),
        Task::Contract(arguments) => contract::run(&arguments),
        Task::Openapi(arguments) => openapi::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Package(arguments) => package::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
