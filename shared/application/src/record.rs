//! The record of a command: which key was used, for what, and what came of it. One effect a key rests on it.

use domain::{AccountId, Timestamp, UserId, account, holder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many spans of earlier tries are kept apart. Beyond that those closest to each other become one.
const SPANS_MAX: usize = 8;

/// Tries so close to each other count as one span.
const JOINED_SECONDS: i64 = 60;

use crate::{Commit, StreamId};

/// SHA-256 over a request as the client sent it: the same key with another one is a mistake, not a retry.
pub type Fingerprint = [u8; 32];

/// What is kept of a command, for as long as its key has one effect.
///
/// A command on one stream writes its record without an outcome at first, beside reading the stream, and commits after
/// that: its commit is the outcome. A command on several streams writes its record with the outcome in the transaction
/// of its commits. A refusal is always written into the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// The command.
    pub command_id: Uuid,
    /// Who sent it.
    pub user_id: UserId,
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// Where it was sent to.
    pub path: String,
    /// The request that came first: a replayed refusal names it as the first answer did.
    pub request_id: String,
    /// The account whose stream has the commit, if the record has no outcome.
    pub account_id: Option<AccountId>,
    /// The try that is at work, or was the last one.
    pub owner: Uuid,
    /// When the owner's try began.
    pub started_at: Timestamp,
    /// Until then nobody else tries.
    pub leased_until: Timestamp,
    /// When there were tries before it, in order. A commit of the command was made in one of these spans.
    pub earlier: Vec<Span>,
    /// After that the key may be used anew.
    pub expires_at: Timestamp,
    /// What came of it, once that is here and not in the stream.
    pub outcome: Option<Outcome>,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// When it began.
    pub from: Timestamp,
    /// When it had ended.
    pub until: Timestamp,
}

impl CommandRecord {
    /// When this record's owner was at it.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.started_at, until: self.leased_until }
    }

    /// All spans in which somebody was at it, in order: few, however often that was.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.earlier.clone();
        match spans.last_mut() {
            Some(last) if self.started_at <= last.until.plus_seconds(JOINED_SECONDS) => {
                last.until = last.until.max(self.leased_until);
            }
            _ => spans.push(self.span()),
        }
        while spans.len() > SPANS_MAX {
            let gap = |pair: &[Span]| match pair {
                [one, next] => next.from.as_micros().saturating_sub(one.until.as_micros()),
                _ => i64::MAX,
            };
            let gaps = spans.windows(2).map(gap).enumerate();
            let Some((closest, _)) = gaps.min_by_key(|(_, gap)| *gap) else { break };
            let next = spans.remove(closest.saturating_add(1));
            if let Some(one) = spans.get_mut(closest) {
                one.until = next.until;
            }
        }
        spans
    }
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// It has its effect, in these commits.
    Succeeded(Vec<CommitRef>),
    /// It was decided that it has none.
    Refused(Refusal),
}

/// Where a commit is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitRef {
    /// The stream's name.
    pub stream: String,
    /// The commit's first version.
    pub version: u64,
}

impl From<&Commit> for CommitRef {
    fn from(commit: &Commit) -> Self {
        Self { stream: commit.stream.to_string(), version: commit.version }
    }
}

impl CommitRef {
    /// The stream.
    #[must_use]
    pub fn stream_id(&self) -> StreamId {
        StreamId::stored(self.stream.clone())
    }
}

/// Why it was decided that a command has no effect. The same command again gets the same refusal, whatever has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Refusal {
    /// A rule of the account forbids it.
    #[error(transparent)]
    Account(#[from] account::Rejection),
    /// A rule of the holder of accounts forbids it.
    #[error(transparent)]
    Holder(#[from] holder::Rejection),
    /// The caller has no such account: there is none, or it is somebody else's. The two cannot be told apart.
    #[error("the caller has no account {0}")]
    AccountNotFound(AccountId),
    /// There is no such account to send money to.
    #[error("there is no account {0} to send money to")]
    ReceiverNotFound(AccountId),
    /// The id is in use.
    #[error("account {0} exists already")]
    AccountAlreadyExists(AccountId),
    /// The account is not at the version the caller named.
    #[error("the account is at version {actual}, not {expected}")]
    VersionMismatch {
        /// What the caller named.
        expected: u64,
        /// What it is.
        actual: u64,
    },
}
