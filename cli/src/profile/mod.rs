//! `passbook profile`: stacks by name. A profile is a stack file in the user's folder, made from a deployed stack's
//! outputs; it holds no password and no token.

mod folder;
mod outputs;

use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

pub(crate) use folder::Profiles;

use crate::{
    exit::{Exit, Failure},
    output,
    place::Choice,
    table,
};

/// The longest name, in characters: it is a file's name.
const NAME_LENGTH_MAX: usize = 64;

const EXAMPLES: &str = "Examples:
  aws cloudformation describe-stacks --stack-name passbook --region eu-central-1 | passbook profile add prod -
  passbook profile list
  passbook profile show prod
  passbook --profile prod account cz-576
  export PASSBOOK_PROFILE=prod
  passbook profile remove prod

Profiles are files in passbook/profiles below $XDG_CONFIG_HOME, or below ~/.config. They hold no passwords and no tokens.";

const ADD_EXAMPLES: &str = "Examples:
  aws cloudformation describe-stacks --stack-name passbook --region eu-central-1 | passbook profile add prod -
  passbook profile add prod described.json

Commands that go to the tables themselves (verify, reconcile, import, analytics sql) take the credentials of the
environment, as `aws` does. The others sign in: PASSBOOK_PASSWORD=… passbook --profile prod token --user you@example.com";

const LIST_EXAMPLES: &str = "Examples:
  passbook profile list
  passbook profile list --json";

const SHOW_EXAMPLES: &str = "Examples:
  passbook profile show               (the stack that is asked: by --profile, --stack or the environment)
  passbook profile show prod --json";

const REMOVE_EXAMPLES: &str = "Examples:
  passbook profile remove prod        (the stack itself stays as it is)";

/// Name deployed stacks: list, show, add and remove profiles.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a profile, or make it anew, from what `aws cloudformation describe-stacks` prints.
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// How the stack is to be called.
        name: Name,
        /// The file with the description; - for the standard input.
        file: PathBuf,
    },
    /// List the profiles.
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Show what a profile says of its stack.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// Which one [default: the one that is asked].
        name: Option<Name>,
    },
    /// Remove a profile.
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove {
        /// Which one.
        name: Name,
    },
}

/// What a profile is called: the name of its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(String);

impl Name {
    /// The profile that nobody has to make.
    pub(crate) fn local() -> &'static Self {
        static LOCAL: std::sync::LazyLock<Name> = std::sync::LazyLock::new(|| Name("local".to_owned()));
        &LOCAL
    }

    pub(crate) fn is_local(&self) -> bool {
        self == Self::local()
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let is_name = !text.is_empty()
            && text.len() <= NAME_LENGTH_MAX
            && !text.starts_with(['.', '-'])
            && text.chars().all(is_allowed);
        let rule =
            || format!("a profile's name has 1 to {NAME_LENGTH_MAX} characters out of A-Z a-z 0-9 - _ .");
        if is_name { Ok(Self(text.to_owned())) } else { Err(rule()) }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn run(choice: &Choice<'_>, arguments: &Arguments, json: bool) -> Result<Exit> {
    match &arguments.command {
        Command::Add { name, file } => add(name, file, json),
        Command::List => list(json),
        Command::Show { name: Some(name) } => show(&Choice::Profile(name), json),
        Command::Show { name: None } => show(choice, json),
        Command::Remove { name } => remove(name, json),
    }
}

fn add(name: &Name, file: &Path, json: bool) -> Result<Exit> {
    if name.is_local() {
        return Err(Failure::usage("local is what `cargo xtask up` writes: choose another name").into());
    }
    let stack = outputs::stack(&described(file)?)?;
    let written = Profiles::of_user()?.write(name, &stack)?;
    if json {
        output::json(&json!({ "name": name.0, "file": written, "api_url": stack.api_url }))?;
    } else {
        output::line(format!("{name} is {}: use it with --profile {name}", stack.api_url))?;
    }
    Ok(Exit::Done)
}

fn described(file: &Path) -> Result<String> {
    if file != Path::new("-") {
        let unreadable = |error| Failure::usage(format!("{} cannot be read ({error})", file.display()));
        return Ok(std::fs::read_to_string(file).map_err(unreadable)?);
    }
    if std::io::stdin().is_terminal() {
        let words =
            "nothing comes in: aws cloudformation describe-stacks --stack-name … | passbook profile add … -";
        return Err(Failure::usage(words).into());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the standard input cannot be read")?;
    Ok(text)
}

fn list(json: bool) -> Result<Exit> {
    let names = Profiles::of_user()?.names()?;
    let profiles: Vec<Value> = [Name::local()].into_iter().chain(&names).map(described_by).collect();
    if json {
        output::json(&json!({ "profiles": profiles }))?;
        return Ok(Exit::Done);
    }
    let columns = ["name", "region", "api_url", "problem"];
    let row = |profile: &Value| columns.map(|name| table::text(profile, name)).to_vec();
    let rows: Vec<Vec<String>> = profiles.iter().map(row).collect();
    output::text(&table::render(&["name", "region", "API", ""], &rows, &[]))?;
    Ok(Exit::Done)
}

/// A line of the list: one profile that cannot be read hides no other.
fn described_by(name: &Name) -> Value {
    match Choice::Profile(name).stack() {
        Ok((stack, file)) => {
            json!({ "name": name.0, "region": stack.region, "api_url": stack.api_url, "file": file })
        }
        Err(error) => json!({ "name": name.0, "problem": format!("{error:#}") }),
    }
}

fn show(choice: &Choice<'_>, json: bool) -> Result<Exit> {
    let (stack, file) = choice.stack()?;
    let mut document = json!({ "file": file, "users": stack.users() });
    if let (Some(document), Value::Object(fields)) = (document.as_object_mut(), serde_json::to_value(&stack)?)
    {
        document.extend(fields);
    }
    if json {
        output::json(&document)?;
        return Ok(Exit::Done);
    }
    let fields = document.as_object().into_iter().flatten();
    let rows: Vec<Vec<String>> =
        fields.map(|(name, _)| vec![name.replace('_', " "), table::text(&document, name)]).collect();
    output::text(&table::render(&[], &rows, &[]))?;
    Ok(Exit::Done)
}

fn remove(name: &Name, json: bool) -> Result<Exit> {
    if name.is_local() {
        return Err(
            Failure::usage("local is no profile that was added: `cargo xtask down` ends that stack").into()
        );
    }
    let file = Profiles::of_user()?.remove(name)?;
    if json {
        output::json(&json!({ "name": name.0, "file": file }))?;
    } else {
        output::line(format!("{name} is removed; its stack is as before"))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn a_name_is_a_files_name_in_one_folder() {
        for name in ["prod", "eu-1.staging", "a_b"] {
            assert_eq!(name.parse::<Name>().unwrap().to_string(), name);
        }
        for name in ["", "..", ".hidden", "a/b", "a b", "-", "--json", &"x".repeat(65)] {
            assert!(name.parse::<Name>().is_err(), "{name:?}");
        }
    }
}
