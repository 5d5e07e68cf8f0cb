//! How a run ends: what its exit code tells a script, and errors that know theirs.

use std::{error::Error, fmt, io, process::ExitCode};

use application::ports::{JournalError, StoreError};
use read_models::{TableError, history::IndexError};

/// The exit codes, for `--help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  done
  1  failed, for a reason that none of the others is
  2  wrong usage: an argument, or a profile or stack file that is not there
  3  done, and not all is right: verify or reconcile found something, redrive or import left something, or a rebuild
     was given up
  4  refused: no such account, not allowed, no valid token
  5  unreachable: no answer, or not for now; the same command may work later";

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is done and right.
    Done = 0,
    /// Something failed that has no code of its own.
    Failed = 1,
    /// The command cannot be what was meant; clap's own code for that.
    Usage = 2,
    /// What was looked at is not as it has to be.
    NotRight = 3,
    /// The bank said no.
    Refused = 4,
    /// Nobody answered.
    Unreachable = 5,
}

impl Exit {
    /// Done, or not right.
    pub(crate) fn right_if(is_right: bool) -> Self {
        if is_right { Self::Done } else { Self::NotRight }
    }

    /// What an error comes to: the first of its causes that has a code says it.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(known).unwrap_or(Self::Failed)
    }
}

/// The same error, with what to do if it is a store that does not answer: stores know nothing of this tool.
pub(crate) fn with_remedy(error: anyhow::Error) -> anyhow::Error {
    if Exit::of(&error) != Exit::Unreachable || error.downcast_ref::<Failure>().is_some() {
        return error;
    }
    let remedy =
        "`passbook status` says what answers; a stack on AWS also takes the environment's credentials";
    Failure::unreachable(format!("{error:#}: {remedy}")).into()
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

fn known(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.exit);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        // Whoever reads has enough, like `head`: that is no failure.
        return (error.kind() == io::ErrorKind::BrokenPipe).then_some(Exit::Done);
    }
    let is_away = matches!(cause.downcast_ref(), Some(StoreError::Throttled | StoreError::Unavailable(_)))
        || matches!(cause.downcast_ref(), Some(TableError::Throttled | TableError::Unavailable(_)))
        || matches!(cause.downcast_ref(), Some(JournalError::Throttled | JournalError::Unavailable(_)))
        || matches!(cause.downcast_ref(), Some(IndexError::Throttled | IndexError::Unavailable(_)));
    is_away.then_some(Exit::Unreachable)
}

/// An error that says what to do, and which exit code it has.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    words: String,
    code: Option<String>,
}

impl Failure {
    /// It was not asked as it has to be.
    pub(crate) fn usage(words: impl Into<String>) -> Self {
        Self::new(Exit::Usage, words)
    }

    /// The bank said no.
    pub(crate) fn refused(words: impl Into<String>) -> Self {
        Self::new(Exit::Refused, words)
    }

    /// Nobody answered.
    pub(crate) fn unreachable(words: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, words)
    }

    /// Somebody answered, and not as they should.
    pub(crate) fn failed(words: impl Into<String>) -> Self {
        Self::new(Exit::Failed, words)
    }

    fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self { exit, words: words.into(), code: None }
    }

    /// The same with the problem's code, which programs rely on.
    pub(crate) fn with_code(mut self, code: Option<&str>) -> Self {
        self.code = code.map(str::to_owned);
        self
    }

    /// Whether an error is the problem of this code.
    pub(crate) fn is(error: &anyhow::Error, code: &str) -> bool {
        error.downcast_ref::<Self>().is_some_and(|failure| failure.code.as_deref() == Some(code))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn the_first_cause_that_has_a_code_says_how_a_run_ends() {
        let exit = |error: anyhow::Error| Exit::of(&error.context("what was tried"));
        let broken_pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(exit(Failure::refused("no").into()), Exit::Refused);
        assert_eq!(exit(StoreError::Throttled.into()), Exit::Unreachable);
        assert_eq!(exit(StoreError::Unavailable("away".into()).into()), Exit::Unreachable);
        assert_eq!(exit(broken_pipe.into()), Exit::Done);
        assert_eq!(exit(io::Error::from(io::ErrorKind::NotFound).into()), Exit::Failed);
        assert_eq!(exit(anyhow!("no idea")), Exit::Failed);
    }

    #[test]
    fn a_store_that_does_not_answer_comes_with_what_to_do() {
        let away = with_remedy(anyhow::Error::from(StoreError::Throttled).context("the events"));
        assert_eq!(Exit::of(&away), Exit::Unreachable);
        assert!(
            away.to_string().starts_with("the events: the event store is throttled: `passbook status`"),
            "{away}"
        );
        let own_words = with_remedy(Failure::unreachable("nobody there").into());
        assert_eq!(own_words.to_string(), "nobody there");
    }

    #[test]
    fn a_problem_is_known_by_its_code_also_in_a_context() {
        let error: anyhow::Error = Failure::refused("only an admin").with_code(Some("forbidden")).into();
        assert!(Failure::is(&error, "forbidden"));
        assert!(!Failure::is(&error, "account_not_found"));
        assert!(Failure::is(&Err::<(), _>(error).context("listing").unwrap_err(), "forbidden"));
    }

    #[test]
    fn the_help_lists_every_code() {
        for exit in [Exit::Done, Exit::Failed, Exit::Usage, Exit::NotRight, Exit::Refused, Exit::Unreachable]
        {
            assert!(EXIT_CODES.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
