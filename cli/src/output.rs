//! Everything that is printed goes through here: colours on a terminal only, and a reader who has enough is no panic.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use anyhow::Result;
use clap::{
    ColorChoice,
    builder::styling::{AnsiColor, Style},
};
use serde::Serialize;

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();

/// What is as it has to be, and money that came in.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// What is not, and money that went out.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// What is there to be looked up, not to be read.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Decides about colours for the whole run; `Auto` goes by the terminal and by `NO_COLOR`.
pub(crate) fn choose_colours(choice: ColorChoice) {
    let choice = match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// A text in a style.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints a text as it is.
pub(crate) fn text(text: &str) -> io::Result<()> {
    anstream::stdout().lock().write_all(text.as_bytes())
}

/// Prints a line.
pub(crate) fn line(line: impl Display) -> io::Result<()> {
    writeln!(anstream::stdout().lock(), "{line}")
}

/// Prints a document in JSON.
pub(crate) fn json(document: &impl Serialize) -> Result<()> {
    Ok(line(serde_json::to_string_pretty(document)?)?)
}

/// Says on the standard error why nothing came of it.
pub(crate) fn error(error: &anyhow::Error) {
    // Where not even that can be written, the exit code has to do.
    let _ = writeln!(anstream::stderr().lock(), "{} {error:#}", styled(BAD.bold(), "error:"));
}
