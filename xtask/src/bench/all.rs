//! `cargo xtask bench all`: every benchmark, one after the other. What one of them lacks, or where it fails, keeps none of the
//! others back.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{Args, Parser, builder::PossibleValuesParser};

use crate::{layout::Layout, prerequisites::Lacking};

const EXAMPLES: &str = "Examples:
  cargo xtask bench all            everything: about two hours, and another to build at first
  cargo xtask bench all --quick    the short form of each, on the standard output
  cargo xtask bench all --skip formance --skip crud
  cargo xtask bench all --ledger ~/bin/ledger

What this machine lacks is said at the end, and is no failure. Each benchmark has a --help of its own.";

/// From what needs least to what needs most.
const NAMES: [&str; 8] = ["cpu", "commands", "workloads", "crud", "formance", "lag", "rebuild", "cold-start"];

/// Run every benchmark, one after the other.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Each as short as it can be; prints instead of writing.
    #[arg(long)]
    quick: bool,
    /// Leave this one out.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(NAMES))]
    skip: Vec<String>,
    /// Formance Ledger's program, if it was built already.
    #[arg(long, value_name = "PATH")]
    ledger: Option<PathBuf>,
}

/// One benchmark, with the defaults that it has by itself.
#[derive(Parser)]
struct One {
    #[command(flatten)]
    arguments: super::Arguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (layout, mut table, mut has_failed) = (Layout::find()?, String::new(), false);
    for name in NAMES.into_iter().filter(|name| !arguments.skip.iter().any(|skipped| skipped == name)) {
        eprintln!("bench {name}");
        let (before, began) = (documents(&layout)?, Instant::now());
        let done = one(name, arguments);
        if let Err(error) = &done {
            eprintln!("error: {error:#}");
        }
        has_failed |= done.as_ref().is_err_and(|error| !error.is::<Lacking>());
        let ended = ended(done, &before, &documents(&layout)?);
        table += &format!("{name:<12}{:>10}   {ended}\n", minutes(began.elapsed()));
    }
    println!("\n{table}");
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn one(name: &str, Arguments { quick, ledger, .. }: &Arguments) -> Result<()> {
    let mut words: Vec<std::ffi::OsString> = vec!["bench".into(), name.into()];
    words.extend(quick.then(|| "--quick".into()));
    if let Some(ledger) = ledger.as_ref().filter(|_| name == "formance") {
        words.extend(["--ledger".into(), ledger.into()]);
    }
    super::run(&One::try_parse_from(words)?.arguments).map(|_| ())
}

/// What a benchmark may write, as it is.
fn documents(layout: &Layout) -> Result<Documents> {
    let mut documents = Documents::new();
    for entry in std::fs::read_dir(layout.root.join("docs"))?.flatten().filter(|entry| entry.path().is_file())
    {
        documents.insert(entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?);
    }
    Ok(documents)
}

type Documents = BTreeMap<String, Vec<u8>>;

fn ended(done: Result<()>, before: &Documents, after: &Documents) -> String {
    match done {
        Err(error) if error.is::<Lacking>() => format!("not run: {}", error.to_string().replace('\n', " ")),
        // The first line: all of it was said when it happened.
        Err(error) => format!("FAILED: {}", error.to_string().lines().next().unwrap_or_default()),
        Ok(()) => {
            let changed = after.iter().filter(|(name, content)| before.get(*name) != Some(content));
            let changed: Vec<String> = changed.map(|(name, _)| format!("docs/{name}")).collect();
            if changed.is_empty() { "printed".to_owned() } else { format!("wrote {}", changed.join(", ")) }
        }
    }
}

fn minutes(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_benchmark_is_forgotten_and_each_takes_quick() {
        let command = One::command();
        let mut there: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        there.retain(|name| *name != "all");
        let mut named = NAMES;
        named.sort_unstable();
        there.sort_unstable();
        assert_eq!(there, named);
        for name in NAMES {
            assert!(One::try_parse_from(["bench", name, "--quick"]).is_ok(), "{name}");
        }
    }

    fn lacks() -> Lacking {
        Lacking("this machine lacks:\n- it".to_owned())
    }

    #[test]
    fn what_is_lacking_is_told_from_what_failed_and_from_what_was_written() {
        let before = Documents::from([("a.md".to_owned(), vec![1]), ("b.svg".to_owned(), vec![1])]);
        let after = Documents::from([("a.md".to_owned(), vec![2]), ("b.svg".to_owned(), vec![1])]);
        assert_eq!(ended(Ok(()), &before, &after), "wrote docs/a.md");
        assert_eq!(ended(Ok(()), &before, &before), "printed");
        for lacking in [None.context(lacks()), Err(anyhow!("no such file")).context(lacks())] {
            assert_eq!(ended(lacking, &before, &before), "not run: this machine lacks: - it");
        }
        assert_eq!(ended(Err(anyhow!("it broke:\nat length")), &before, &before), "FAILED: it broke:");
    }
}
