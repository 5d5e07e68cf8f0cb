//! `passbook completions`: what makes a shell complete the command line.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::{exit::Exit, output};

const EXAMPLES: &str = "Examples:
  passbook completions bash > ~/.local/share/bash-completion/completions/passbook
  passbook completions zsh > ~/.zfunc/_passbook
  passbook completions fish > ~/.config/fish/completions/passbook.fish
  passbook completions powershell >> $PROFILE
  passbook completions elvish >> ~/.config/elvish/rc.elv

Make the folder first if it is not there, and start a new shell afterwards. zsh looks into ~/.zfunc only if ~/.zshrc has
`fpath+=~/.zfunc` before `autoload -Uz compinit && compinit`.";

/// Print what makes a shell complete `passbook`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(command: &mut Command, arguments: &Arguments) -> Result<Exit> {
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(arguments.shell, command, name, &mut script);
    output::text(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
