//! Which stack is meant: a file, a profile, or what `cargo xtask up` wrote.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{ArgMatches, Args, parser::ValueSource};

use crate::{
    exit::Failure,
    profile::{Name, Profiles},
    stack::Stack,
};

/// Where the local stack's file is looked for, from the current folder upwards.
const LOCAL_FILE: &str = ".local/dev/stack.json";

/// The heading of these options in each help.
const HEADING: &str = "Which stack";

/// Which stack.
#[derive(Args)]
pub(crate) struct Place {
    /// The profile: local is what `cargo xtask up` wrote; `passbook profile add` makes others [default: local].
    #[arg(long, global = true, env = "PASSBOOK_PROFILE", value_name = "NAME", help_heading = HEADING)]
    profile: Option<Name>,
    /// The file that describes the stack, instead of a profile. PASSBOOK_STACK goes before PASSBOOK_PROFILE.
    #[arg(long, global = true, env = "PASSBOOK_STACK", value_name = "FILE", help_heading = HEADING)]
    stack: Option<PathBuf>,
}

/// The one place that is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice<'a> {
    File(&'a Path),
    Profile(&'a Name),
}

impl Place {
    /// What was typed goes before what the environment says, so that `--profile` is never a stack too many.
    pub(crate) fn choice(&self, matches: &ArgMatches) -> Result<Choice<'_>> {
        let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        match (&self.stack, &self.profile) {
            (Some(_), Some(_)) if is_typed("stack") && is_typed("profile") => {
                Err(Failure::usage("--stack and --profile each name a stack: give one of them").into())
            }
            (Some(_), Some(profile)) if is_typed("profile") => Ok(Choice::Profile(profile)),
            (Some(file), _) => Ok(Choice::File(file)),
            (None, Some(profile)) => Ok(Choice::Profile(profile)),
            (None, None) => Ok(Choice::Profile(Name::local())),
        }
    }
}

impl Choice<'_> {
    /// The stack, and the file that describes it.
    pub(crate) fn stack(&self) -> Result<(Stack, PathBuf)> {
        let file = match self {
            Choice::File(file) => (*file).to_owned(),
            Choice::Profile(name) if name.is_local() => local_file()?,
            Choice::Profile(name) => Profiles::of_user()?.file(name),
        };
        let text = std::fs::read_to_string(&file).map_err(|error| match self {
            Choice::Profile(name) if error.kind() == io::ErrorKind::NotFound => Failure::usage(format!(
                "there is no profile {name}: `passbook profile list` shows those that there are, `passbook profile add \
                 {name} -` makes one"
            )),
            _ => Failure::usage(format!(
                "{} cannot be read ({error}): name the stack with --profile or --stack",
                file.display()
            )),
        })?;
        let stack = serde_json::from_str(&text).map_err(|error| {
            Failure::usage(format!("{} does not describe a stack: {error}", file.display()))
        })?;
        Ok((stack, file))
    }
}

/// The local stack's file, in the current folder or in one above.
fn local_file() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let file = here.ancestors().map(|folder| folder.join(LOCAL_FILE)).find(|file| file.exists());
    file.ok_or_else(|| {
        let words = format!(
            "no {LOCAL_FILE} here or above: start a stack with `cargo xtask up`, name a deployed one with --profile, or \
             a file with --stack"
        );
        Failure::usage(words).into()
    })
}
