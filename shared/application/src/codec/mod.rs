//! The stored form of events and states: explicit names and versions, independent of how the types are called.
//!
//! A commit read back is decoded as a whole or not at all: an unknown type, version or field is an error that stops
//! its account, never a fact passed over.

mod account;
mod holder;
mod past;

use domain::{
    Timestamp, UserId,
    account::{AccountType, BrokenHistory},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Commit, Metadata, Origin};

pub use account::Accounts;
pub use holder::Holders;

/// A kind of stream: its events, its state, and the stored form of both.
pub trait Aggregate {
    /// What can happen.
    type Event;
    /// What it then is.
    type State: Clone + Serialize + DeserializeOwned;
    /// The number of the state's stored form. Raise it with every change: older states are then folded anew.
    const STATE_SCHEMA: u16;

    /// The stored form of an event.
    ///
    /// # Errors
    /// [`CodecError`] if its data cannot be written as JSON.
    fn encode(event: &Self::Event) -> Result<StoredEvent, CodecError>;

    /// The event of a stored form.
    ///
    /// # Errors
    /// [`CodecError`] for a name, version or data that this build does not know.
    fn decode(stored: StoredEvent) -> Result<Self::Event, CodecError>;

    /// The state after one more event.
    ///
    /// # Errors
    /// [`BrokenHistory`] if the events before do not allow it.
    fn evolve(
        state: Option<Self::State>,
        event: &Self::Event,
        at: Timestamp,
    ) -> Result<Self::State, BrokenHistory>;
}

/// The stored form of one event, but for its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// The stored name.
    #[serde(rename = "type")]
    pub name: String,
    /// The version of the type's data.
    #[serde(rename = "v")]
    pub version: u16,
    /// Names the event.
    pub id: String,
    /// The fact itself.
    pub data: Value,
}

/// An event with its place in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<E> {
    /// Names the event; for a movement of money it is the transaction's id.
    pub id: String,
    /// Its place: 1, 2, 3 and so on.
    pub version: u64,
    /// Business time.
    pub timestamp: Timestamp,
    /// The fact itself.
    pub event: E,
}

/// Why a stored form cannot be read, or a fact not be stored.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The events are no list of stored events.
    #[error("the events of {stream} at version {version} are malformed")]
    Events {
        /// Where.
        stream: String,
        /// At which version.
        version: u64,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// A commit without events.
    #[error("the commit of {stream} at version {version} has no events")]
    Empty {
        /// Where.
        stream: String,
        /// At which version.
        version: u64,
    },
    /// There are not as many versions as the commit's events would need, and one for what follows.
    #[error("the commit of {stream} is at version {version}, where no events have room")]
    NoRoom {
        /// Where.
        stream: String,
        /// At which version.
        version: u64,
    },
    /// No such event is known.
    #[error("event type {name} version {version} is unknown")]
    UnknownEvent {
        /// The stored name.
        name: String,
        /// The version of its data.
        version: u16,
    },
    /// The data of a known event is malformed.
    #[error("the data of event type {name} is malformed")]
    Data {
        /// The stored name.
        name: String,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// The state or the metadata is malformed.
    #[error("the {part} is malformed")]
    Part {
        /// Which one.
        part: &'static str,
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// The commit is not one that a command answers with.
    #[error("the commit is none that a command answers with")]
    NoReceipt,
    /// The events cannot have happened in this order.
    #[error("the events cannot have happened so")]
    History(#[from] BrokenHistory),
}

/// The state as stored: with the number of its schema.
#[derive(Serialize, Deserialize)]
struct StoredState<S> {
    schema: u16,
    data: S,
}

/// The events of a commit, in order.
///
/// # Errors
/// [`CodecError`] if even one of them cannot be read.
pub fn events<A: Aggregate>(commit: &Commit) -> Result<Vec<Recorded<A::Event>>, CodecError> {
    let stored = stored_events(commit)?;
    let recorded = |(version, stored): (u64, StoredEvent)| {
        let (id, timestamp) = (stored.id.clone(), commit.timestamp);
        Ok(Recorded { id, version, timestamp, event: A::decode(stored)? })
    };
    (commit.version..).zip(stored).map(recorded).collect()
}

/// The stored events of a commit, in order, whatever their type. Each of them has a version, counted from the commit's.
///
/// # Errors
/// [`CodecError`] if they are no list, or an empty one, or if the versions do not go so far.
pub fn stored_events(commit: &Commit) -> Result<Vec<StoredEvent>, CodecError> {
    let place = || (commit.stream.to_string(), commit.version);
    let stored: Vec<StoredEvent> = serde_json::from_str(&commit.events).map_err(|source| {
        let (stream, version) = place();
        CodecError::Events { stream, version, source }
    })?;
    if stored.is_empty() {
        let (stream, version) = place();
        return Err(CodecError::Empty { stream, version });
    }
    let count = u64::try_from(stored.len()).unwrap_or(u64::MAX);
    if commit.version.checked_add(count).is_none_or(|next| next == u64::MAX) {
        let (stream, version) = place();
        return Err(CodecError::NoRoom { stream, version });
    }
    Ok(stored)
}

/// The version of a commit's last event.
///
/// # Errors
/// [`CodecError`] if its events cannot be read.
pub fn last_version(commit: &Commit) -> Result<u64, CodecError> {
    let count = u64::try_from(stored_events(commit)?.len()).unwrap_or(u64::MAX);
    Ok(commit.version.saturating_add(count).saturating_sub(1))
}

/// The state after a commit; `None` if it was stored under another schema and has to be folded from the events.
///
/// # Errors
/// [`CodecError`] if it cannot be read.
pub fn state<A: Aggregate>(commit: &Commit) -> Result<Option<A::State>, CodecError> {
    let part = |source| CodecError::Part { part: "state", source };
    let stored: StoredState<Value> = serde_json::from_str(&commit.state).map_err(part)?;
    if stored.schema != A::STATE_SCHEMA {
        return Ok(None);
    }
    serde_json::from_value(stored.data).map(Some).map_err(part)
}

/// Whose an account is, and of which kind: the first event says it for good, and the state after every other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ownership {
    /// The owner.
    pub user_id: UserId,
    /// The kind of account.
    pub account_type: AccountType,
}

/// Whose the account of a commit is, out of the state after it, whatever its schema: all of them have it in the same
/// place. `None` if it is the commit of no account, or the state cannot be read.
#[must_use]
pub fn ownership(commit: &Commit) -> Option<Ownership> {
    let stored: StoredState<Ownership> = serde_json::from_str(&commit.state).ok()?;
    Some(stored.data)
}

/// Who did a commit, and how.
///
/// # Errors
/// [`CodecError`] if it cannot be read.
pub fn metadata(commit: &Commit) -> Result<Metadata, CodecError> {
    serde_json::from_str(&commit.metadata).map_err(|source| CodecError::Part { part: "metadata", source })
}

/// Where a commit comes from; `None` if its metadata cannot be read.
#[must_use]
pub fn origin(commit: &Commit) -> Option<Origin> {
    let Metadata { recorded_at, traceparent, .. } = metadata(commit).ok()?;
    Some(Origin { commit: commit.name(), version: commit.version, recorded_at, traceparent })
}

/// The stored form of a state.
///
/// # Errors
/// [`CodecError`] if it cannot be written as JSON.
pub fn state_text<A: Aggregate>(state: &A::State) -> Result<String, CodecError> {
    text("state", &StoredState { schema: A::STATE_SCHEMA, data: state })
}

pub(crate) fn text<T: Serialize>(part: &'static str, value: &T) -> Result<String, CodecError> {
    serde_json::to_string(value).map_err(|source| CodecError::Part { part, source })
}

/// The data of an event as its typed form.
fn data<T: DeserializeOwned>(stored: StoredEvent) -> Result<T, CodecError> {
    let StoredEvent { name, data, .. } = stored;
    serde_json::from_value(data).map_err(|source| CodecError::Data { name, source })
}

/// A stored event that still lacks its id.
fn stored<T: Serialize>(name: &'static str, version: u16, data: &T) -> Result<StoredEvent, CodecError> {
    let value = serde_json::to_value(data);
    let data = value.map_err(|source| CodecError::Data { name: name.to_owned(), source })?;
    Ok(StoredEvent { name: name.to_owned(), version, id: String::new(), data })
}
