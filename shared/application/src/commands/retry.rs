//! When and how a try follows on one that did not succeed.

use std::time::Duration;

use domain::Timestamp;

use super::{Commands, Request, TRY_SECONDS_MAX};
use crate::{
    CommandError,
    ports::{CommandStore, Environment},
};

/// How often a command is tried before it gives up on accounts that others keep changing.
pub const ATTEMPTS_MAX: u32 = 10;

/// The longest wait after the first collision; doubled with each further one, up to [`PAUSE_MAX`].
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// The tries of one command.
pub(super) struct Tries {
    deadline: Timestamp,
    made: u32,
    /// Whether something was sent of which nobody knows what came of it.
    is_unknown: bool,
}

impl Tries {
    /// The tries of a command that began at this time.
    pub(super) fn of(request: &Request, began: Timestamp) -> Self {
        let deadline = began.plus_seconds(TRY_SECONDS_MAX);
        Self {
            deadline: request.deadline.map_or(deadline, |own| own.min(deadline)),
            made: 0,
            is_unknown: false,
        }
    }

    /// How many there were.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// What was sent so far has certainly had no effect, and will have none.
    pub(super) fn are_known(&mut self) {
        self.is_unknown = false;
    }

    /// What to say at the end, if `last` came last: nothing that sounds as if nothing had happened, unless that is so.
    fn end(&self, last: CommandError) -> CommandError {
        match last {
            last @ (CommandError::ConcurrentModification | CommandError::Throttled) if self.is_unknown => {
                CommandError::Unavailable(Box::new(last))
            }
            last => last,
        }
    }
}

impl<S: CommandStore, E: Environment> Commands<S, E> {
    /// Begins the next try, after a little wait unless it is the first. Fails with `last` if there have been enough,
    /// or if there would be no time left to answer.
    ///
    /// What was read before the deadline may be decided from; later it might be newer than what somebody else has
    /// made of the same command.
    pub(super) async fn next_try(&self, tries: &mut Tries, last: CommandError) -> Result<(), CommandError> {
        tries.is_unknown |= matches!(last, CommandError::Unavailable(_));
        if tries.made > 0 {
            if tries.made >= ATTEMPTS_MAX {
                return Err(tries.end(last));
            }
            let longest = FIRST_PAUSE.saturating_mul(1 << tries.made.min(10)).min(PAUSE_MAX);
            self.environment.pause(longest).await;
        }
        if self.environment.now() >= tries.deadline {
            return Err(tries.end(last));
        }
        tries.made = tries.made.saturating_add(1);
        Ok(())
    }
}
