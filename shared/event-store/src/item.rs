//! A commit as an item of the table, and as an image in the table's stream: one codec for both.

use application::{Commit, Hash, StreamId};
use domain::InvalidTimestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

/// The attributes, by their names in the table.
#[derive(Serialize, Deserialize)]
struct CommitItem<'a> {
    stream: std::borrow::Cow<'a, str>,
    version: u64,
    timestamp: String,
    events: std::borrow::Cow<'a, str>,
    state: std::borrow::Cow<'a, str>,
    metadata: std::borrow::Cow<'a, str>,
    hash: ByteArray<32>,
}

/// An item that is no commit, and no record of a command.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// An attribute is missing or of the wrong type.
    #[error("an item is malformed")]
    Malformed(#[from] serde_dynamo::Error),
    /// A part of a command's record cannot be read or written.
    #[error("the record of a command is malformed")]
    Record(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The timestamp is no time.
    #[error("a timestamp is malformed")]
    Timestamp(#[from] InvalidTimestamp),
}

/// The commit in an item, or in the new image of a stream record.
///
/// # Errors
/// [`ItemError`] if it is none.
pub fn commit_from_image(image: serde_dynamo::Item) -> Result<Commit, ItemError> {
    let item: CommitItem<'static> = serde_dynamo::from_item(image)?;
    Ok(Commit {
        stream: StreamId::stored(item.stream.into_owned()),
        version: item.version,
        timestamp: item.timestamp.parse()?,
        events: item.events.into_owned(),
        state: item.state.into_owned(),
        metadata: item.metadata.into_owned(),
        hash: Hash::from(item.hash.into_array()),
    })
}

/// The item of a commit: what [`commit_from_image`] reads back as the same commit.
///
/// # Errors
/// [`ItemError`] if a text cannot be an attribute.
pub fn item_from_commit(commit: &Commit) -> Result<serde_dynamo::Item, ItemError> {
    let item = CommitItem {
        stream: commit.stream.as_str().into(),
        version: commit.version,
        timestamp: commit.timestamp.to_string(),
        events: commit.events.as_str().into(),
        state: commit.state.as_str().into(),
        metadata: commit.metadata.as_str().into(),
        hash: ByteArray::new(commit.hash),
    };
    Ok(serde_dynamo::to_item(item)?)
}
