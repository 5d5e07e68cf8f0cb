//! Commits on their way: out of the stream's records, into messages of a queue, and out of them again.
//!
//! The form of a message is locked by `tests/it/message.rs`, for messages outlive a deployment.

use application::{Commit, Hash, Origin, StreamId, chain, codec, journal::Position};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The body of one message: the commits of one block of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitMessage {
    /// The position of the first in the journal; the others follow. Version 1 had none.
    #[serde(default)]
    pub position: Option<Position>,
    commits: Vec<MessageCommit>,
    /// Records that no commit could be read from. Only version 1 had them; now they stop before the journal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
}

/// A record of the stream, or a commit in a message, that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// The stream.
    pub stream: String,
    /// The version of the commit's first event.
    pub version: u64,
    /// Why, for people.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageCommit {
    stream: String,
    version: u64,
    timestamp: Timestamp,
    events: String,
    state: String,
    metadata: String,
    hash: String,
}

/// The key of a commit.
#[derive(Deserialize)]
struct Keys {
    stream: String,
    version: u64,
}

/// A body that is no message of commits.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It is no JSON of that form.
    #[error("a message of commits is malformed")]
    Malformed(#[from] serde_json::Error),
    /// The hash of a commit is none.
    #[error("the hash of {stream} at version {version} is malformed")]
    Hash {
        /// Where.
        stream: String,
        /// At which version.
        version: u64,
    },
}

impl Unreadable {
    /// The place of a record of which no commit could be read, from its keys.
    ///
    /// # Errors
    /// If not even the keys can be read, which no record of the events table has ever had.
    fn at(keys: serde_dynamo::Item, reason: &dyn std::error::Error) -> Result<Self, serde_dynamo::Error> {
        let Keys { stream, version } = serde_dynamo::from_item(keys)?;
        Ok(Self { stream, version, reason: chain(reason) })
    }
}

/// Sorts the records of a stream, each by its keys and what was read from it, into commits and what is none.
pub fn sort_out<E: std::error::Error>(
    records: impl IntoIterator<Item = (serde_dynamo::Item, Result<Commit, E>)>,
) -> (Vec<Commit>, Vec<Unreadable>) {
    let (mut commits, mut unreadable) = (Vec::new(), Vec::new());
    for (keys, read) in records {
        match read {
            Ok(commit) => commits.push(commit),
            Err(error) => match Unreadable::at(keys, &error) {
                Ok(record) => unreadable.push(record),
                Err(_) => {
                    tracing::error!(error = chain(&error), "a record names no commit, and is passed over");
                }
            },
        }
    }
    (commits, unreadable)
}

/// Where these commits come from, as far as it can be told.
#[must_use]
pub fn origins(commits: &[Commit]) -> Vec<Origin> {
    commits.iter().filter_map(codec::origin).collect()
}

/// Where the commits of a message come from, as far as it can be told.
#[must_use]
pub fn origins_in(body: &str) -> Vec<Origin> {
    let commits = CommitMessage::parse(body).and_then(CommitMessage::into_commits);
    origins(&commits.unwrap_or_default())
}

/// When a commit was recorded, if it can be told.
pub(crate) fn recorded_at(commit: &Commit) -> Option<Timestamp> {
    codec::metadata(commit).ok().map(|metadata| metadata.recorded_at)
}

impl CommitMessage {
    /// The message in a body.
    ///
    /// # Errors
    /// [`MessageError`] if it is none.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        Ok(serde_json::from_str(body)?)
    }

    /// Its commits.
    ///
    /// # Errors
    /// [`MessageError::Hash`].
    pub fn into_commits(self) -> Result<Vec<Commit>, MessageError> {
        self.commits.into_iter().map(MessageCommit::into_commit).collect()
    }
}

impl MessageCommit {
    fn into_commit(self) -> Result<Commit, MessageError> {
        let Self { stream, version, timestamp, events, state, metadata, hash } = self;
        let bytes = BASE64_STANDARD.decode(hash).ok().and_then(|bytes| Hash::try_from(bytes).ok());
        let Some(hash) = bytes else { return Err(MessageError::Hash { stream, version }) };
        let stream = StreamId::stored(stream);
        Ok(Commit { stream, version, timestamp, events, state, metadata, hash })
    }
}

impl From<Commit> for MessageCommit {
    fn from(commit: Commit) -> Self {
        Self {
            stream: commit.stream.to_string(),
            version: commit.version,
            timestamp: commit.timestamp,
            events: commit.events,
            state: commit.state,
            metadata: commit.metadata,
            hash: BASE64_STANDARD.encode(commit.hash),
        }
    }
}

/// The body of the message of a block: these commits, the first of them at this position. A block is never longer than a
/// message may be.
///
/// SQS refuses two characters that a customer's words may have. In JSON they can only stand in a text, and there they
/// may as well stand escaped.
///
/// # Errors
/// [`MessageError`] if a commit cannot be written as JSON.
pub fn message(position: Position, commits: &[Commit]) -> Result<String, MessageError> {
    let commits = commits.iter().cloned().map(MessageCommit::from).collect();
    let message = CommitMessage { position: Some(position), commits, unreadable: Vec::new() };
    let json = serde_json::to_string(&message)?;
    Ok(json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
}
