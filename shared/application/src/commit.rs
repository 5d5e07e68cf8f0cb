//! The commit: what one command did to one stream, as it is stored, for ever.

use std::{fmt, time::Duration};

use domain::{AccountId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Names a stream: `account-{id}` or `holder-{user}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(String);

const ACCOUNT_PREFIX: &str = "account-";
const HOLDER_PREFIX: &str = "holder-";

impl StreamId {
    /// The stream of an account.
    #[must_use]
    pub fn account(id: &AccountId) -> Self {
        Self(format!("{ACCOUNT_PREFIX}{id}"))
    }

    /// The stream of a holder of accounts.
    #[must_use]
    pub fn holder(id: &UserId) -> Self {
        Self(format!("{HOLDER_PREFIX}{id}"))
    }

    /// A stream by its stored name.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The account whose stream this is; `None` for a stream of another kind.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.0.strip_prefix(ACCOUNT_PREFIX)?.parse().ok()
    }

    /// The holder whose stream this is; `None` for a stream of another kind.
    #[must_use]
    pub fn holder_id(&self) -> Option<UserId> {
        self.0.strip_prefix(HOLDER_PREFIX)?.parse().ok()
    }

    /// The stored name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 over a commit's stored bytes and the hash of the commit before it.
pub type Hash = [u8; 32];

/// The hash before a stream's first commit.
const GENESIS: Hash = [0; 32];

/// Who did it, with which command, when by the recorder's clock, and what led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The command: one effect each.
    pub command_id: Uuid,
    /// Who sent it.
    pub user_id: UserId,
    /// When it was written; the commit's own timestamp is business time and may lie in the past.
    pub recorded_at: Timestamp,
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What the caller ties together by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The event or command that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
}

/// Where a commit comes from, for whoever follows it: its name, and the request that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// [`Commit::name`].
    pub commit: String,
    /// The version of its first event.
    pub version: u64,
    /// When it was recorded, by its recorder's clock.
    pub recorded_at: Timestamp,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
}

impl Origin {
    /// How long ago it was recorded; no time at all by a clock that is behind.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        self.recorded_at.until(now)
    }
}

/// One item of the events table. The texts are JSON exactly as stored, so that the hash covers what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Where it belongs.
    pub stream: StreamId,
    /// The version of its FIRST event: with the last, writers of one and of three events would not collide.
    pub version: u64,
    /// Business time, strictly increasing in a stream.
    pub timestamp: Timestamp,
    /// The events: type, version of the type, id, data.
    pub events: String,
    /// The state after them, with the number of its schema.
    pub state: String,
    /// [`Metadata`].
    pub metadata: String,
    /// Ties this commit to all before it.
    pub hash: Hash,
}

impl Commit {
    /// Names the commit where nobody should read whose it is: the beginning of its hash, in hexadecimal digits.
    #[must_use]
    pub fn name(&self) -> String {
        self.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The same commit with its hash set, following the one with the hash `previous` (`None`: it is the first).
    #[must_use]
    pub fn chained(mut self, previous: Option<Hash>) -> Self {
        self.hash = self.chain_hash(previous);
        self
    }

    /// What the hash has to be after a commit with the hash `previous`.
    #[must_use]
    pub fn chain_hash(&self, previous: Option<Hash>) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(previous.unwrap_or(GENESIS));
        hasher.update(self.version.to_be_bytes());
        hasher.update(self.timestamp.as_micros().to_be_bytes());
        // Each text goes in with its length, so that no byte can move from one to the next unseen.
        for text in [self.stream.as_str(), &self.events, &self.state, &self.metadata] {
            hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(text);
        }
        hasher.finalize().into()
    }
}
