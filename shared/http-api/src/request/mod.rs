//! What comes in, parsed into what cannot be wrong.

mod body;
mod envelope;
mod parameters;
mod path;

pub(crate) use body::Body;
pub(crate) use envelope::{Identity, Incoming, Keyed, command_id};
pub(crate) use parameters::Parameters;
pub(crate) use path::{AccountPath, TransactionPath};
