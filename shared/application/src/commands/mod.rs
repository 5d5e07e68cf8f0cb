//! The one entry for commands: claim the key, load, decide, append; on a conflict decide again from what won.

mod caller;
mod change;
mod decide;
mod known;
mod receipt;
mod retry;
mod transaction;

use std::{pin::pin, time::Duration};

use domain::{
    AccountId, Timestamp,
    account::{Command, Open, Rejection, Transfer},
};
use futures::future::{Either, select};
use uuid::Uuid;

use crate::{
    CommandError, CommandRecord, Fingerprint, Metadata, Outcome, Refusal,
    ports::{CommandStore, Environment},
    replay::{self, Decided},
};

pub use caller::Caller;
pub use receipt::{AccountReceipt, Receipt, TransferReceipt};
pub use retry::ATTEMPTS_MAX;

/// How long a key has one effect, if nothing else is said.
pub const RETENTION_DEFAULT: Duration = Duration::from_hours(7 * 24);

/// How long a command is tried before its client is told to come again. Its function has 10 seconds.
pub const TRY_SECONDS_MAX: i64 = 6;

/// How long all of it may take, the reading and the writing of records included.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);

/// How long nobody else takes a command up that somebody has begun: until its first try has certainly ended, by two
/// clocks as different as they may be.
pub const LEASE_SECONDS: i64 = 15;

const _: () = assert!(LEASE_SECONDS > TRY_SECONDS_MAX + replay::CLOCK_SKEW_SECONDS_MAX);

/// What comes along with every command.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// Names the command: one effect each.
    pub command_id: Uuid,
    /// What was asked, to tell a retry from another request with the same key.
    pub fingerprint: Fingerprint,
    /// Where it was sent to: a replayed refusal names it too.
    pub path: String,
    /// Names the request.
    pub request_id: String,
    /// Until then there has to be an answer; `None`: a few seconds from now.
    pub deadline: Option<Timestamp>,
    /// Refuse if the account is not at this version; of a transfer, the sending account.
    pub expected_version: Option<u64>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Open an account.
    Open {
        /// Its id, never used before.
        account_id: AccountId,
        /// What it is to be.
        open: Open,
    },
    /// Change one account.
    Change {
        /// Which one.
        account_id: AccountId,
        /// How.
        command: Command,
    },
    /// Move money between two accounts.
    Transfer(Transfer),
    /// Something that the bank does in no state whatever: refused when it was read, and kept like any other refusal.
    Impossible(Rejection),
}

/// What came of a command, the first time or again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its receipt, or why it has no effect.
    pub outcome: Decided,
    /// The request that was answered so first.
    pub request_id: String,
    /// Whether this was decided by an earlier request.
    pub is_replay: bool,
}

/// The command side of the ledger.
#[derive(Clone, Debug)]
pub struct Commands<S, E> {
    store: S,
    environment: E,
    retention: Duration,
}

impl<S: CommandStore, E: Environment> Commands<S, E> {
    /// The command side over this store.
    pub fn new(store: S, environment: E) -> Self {
        Self { store, environment, retention: RETENTION_DEFAULT }
    }

    /// The same, with keys that have one effect for so long.
    #[must_use]
    pub fn retaining(self, retention: Duration) -> Self {
        Self { retention, ..self }
    }

    /// Does what is ordered, once, however often and by however many the command is sent.
    ///
    /// # Errors
    /// [`CommandError`]; the same command may be sent again after each but `KeyReused` and `Forbidden`.
    pub async fn execute(&self, request: &Request, order: &Order) -> Result<Answer, CommandError> {
        let limit = request
            .deadline
            .map_or(ANSWER_TIME_MAX, |deadline| self.environment.now().until(deadline).min(ANSWER_TIME_MAX));
        // To be cut off here is to die here, which may happen anywhere: but this way there is an answer.
        let done = pin!(self.execute_in_time(request, order));
        match select(done, pin!(self.environment.wait(limit))).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => Err(CommandError::TimedOut),
        }
    }

    async fn execute_in_time(&self, request: &Request, order: &Order) -> Result<Answer, CommandError> {
        match order {
            Order::Change { command: Command::Freeze { .. } | Command::Unfreeze { .. }, .. }
                if !request.caller.is_admin =>
            {
                Err(CommandError::Forbidden)
            }
            Order::Change { account_id, command } if !matches!(command, Command::Close { .. }) => {
                self.change(request, account_id, command).await
            }
            _ => self.transact(request, order).await,
        }
    }

    /// The record of a command that nobody has begun.
    fn new_record(&self, request: &Request, account_id: Option<&AccountId>) -> CommandRecord {
        let now = self.environment.now();
        let retention = i64::try_from(self.retention.as_secs()).unwrap_or(i64::MAX);
        CommandRecord {
            command_id: request.command_id,
            user_id: request.caller.user_id.clone(),
            fingerprint: request.fingerprint,
            path: request.path.clone(),
            request_id: request.request_id.clone(),
            account_id: account_id.cloned(),
            owner: self.environment.new_id(),
            started_at: now,
            leased_until: now.plus_seconds(LEASE_SECONDS),
            earlier: Vec::new(),
            expires_at: now.plus_seconds(retention),
            outcome: None,
        }
    }

    /// The answer that the command of this record was given, if it was.
    async fn replay(
        &self,
        request: &Request,
        record: &CommandRecord,
    ) -> Result<Option<Answer>, CommandError> {
        if record.fingerprint != request.fingerprint {
            return Err(CommandError::KeyReused);
        }
        let outcome = replay::outcome(&self.store, record).await.map_err(CommandError::unknown)?;
        Ok(outcome.map(|outcome| Answer { outcome, request_id: record.request_id.clone(), is_replay: true }))
    }

    fn metadata(&self, request: &Request) -> Metadata {
        Metadata {
            command_id: request.command_id,
            user_id: request.caller.user_id.clone(),
            recorded_at: self.environment.now(),
            traceparent: request.traceparent.clone(),
            correlation_id: None,
            causation_id: None,
        }
    }
}

impl CommandRecord {
    fn refused(self, refusal: &Refusal) -> Self {
        Self { outcome: Some(Outcome::Refused(refusal.clone())), ..self }
    }
}

impl Answer {
    fn new(request: &Request, outcome: Decided) -> Self {
        Self { outcome, request_id: request.request_id.clone(), is_replay: false }
    }
}
