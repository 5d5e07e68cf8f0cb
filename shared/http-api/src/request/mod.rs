//! What comes in, parsed into what cannot be wrong.

mod body;
mod envelope;
mod parameters;
mod path;
mod precondition;

pub(crate) use body::Body;
pub(crate) use envelope::{Identity, Incoming, Keyed, command_id};
pub(crate) use parameters::Parameters;
pub(crate) use path::{AccountPath, TransactionPath};
pub(crate) use precondition::IfNoneMatch;
