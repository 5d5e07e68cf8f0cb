//! What follows on a try to append that did not succeed.

use std::time::Duration;

use super::{Commands, Request, receipt::was_made_by};
use crate::{
    CommandError, Commit,
    ports::{AppendError, Environment, EventStore},
};

/// How often a command is decided before it gives up on accounts that others keep changing.
pub const ATTEMPTS_MAX: u32 = 10;

/// The longest wait after the first collision; doubled with each further one, up to [`PAUSE_MAX`].
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// What the next try starts from.
pub(super) enum Next {
    /// The command had its effect already, in these commits.
    Done(Vec<Commit>),
    /// These commits are newer than what was decided from.
    From(Vec<Commit>),
    /// Nothing new is known: load again.
    Reload,
}

impl<S: EventStore, E: Environment> Commands<S, E> {
    /// Sorts out a failed append, and waits a little where somebody else is at the same accounts.
    pub(super) async fn after(
        &self,
        error: AppendError,
        request: &Request,
        attempt: u32,
    ) -> Result<Next, CommandError> {
        let next = match error {
            AppendError::Conflict { winners } => {
                let mut own = Vec::new();
                for winner in &winners {
                    if was_made_by(winner, request.command_id)? {
                        own.push(winner.clone());
                    }
                }
                if !own.is_empty() {
                    return Ok(Next::Done(own));
                }
                Next::From(winners)
            }
            AppendError::Contended => Next::Reload,
            AppendError::Throttled => return Err(CommandError::Throttled),
            AppendError::Unavailable(source) => return Err(CommandError::Unavailable(source)),
        };
        if attempt >= ATTEMPTS_MAX {
            return Err(CommandError::ConcurrentModification { attempts: attempt });
        }
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(PAUSE_MAX);
        self.environment.pause(longest).await;
        Ok(next)
    }
}
