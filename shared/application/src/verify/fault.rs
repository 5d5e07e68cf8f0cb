//! What can be wrong with a stream, in words for whoever audits it.

use serde::Serialize;

/// The first thing that is wrong with a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{stream}, version {version}: {reason}")]
pub struct Fault {
    /// Where.
    pub stream: String,
    /// The first version that cannot be right.
    pub version: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why a version cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another version stands there.
    #[error("missing: version {found} comes next; a commit was deleted, moved or inserted")]
    Place {
        /// What comes instead.
        found: u64,
    },
    /// The hash is not that of the stored bytes and the hash before.
    #[error("the hash does not fit: this commit or the one before was changed")]
    Hash,
    /// It is not later than the version before.
    #[error("not later than the version before")]
    Time,
    /// It is no commit, or none that can follow.
    #[error("cannot be read: {what}")]
    Unreadable {
        /// Why.
        what: String,
    },
    /// There are items at versions that no commit has: below one, or between two.
    #[error(
        "{stored} items are stored, but only {read} are commits in order: others stand where no version is"
    )]
    Hidden {
        /// How many there are.
        stored: u64,
        /// How many were read.
        read: u64,
    },
    /// The stored state is not what the events come to.
    #[error("the state is not what the events come to")]
    State,
    /// An earlier head had another hash at this version.
    #[error("not what it was when the heads were saved, with the hash {earlier}")]
    Head {
        /// The hash that it had.
        earlier: String,
    },
    /// The stream was longer before.
    #[error(
        "missing, with all up to {earlier} that were there when the heads were saved: the end was cut off"
    )]
    CutOff {
        /// Where it ended.
        earlier: u64,
    },
}
