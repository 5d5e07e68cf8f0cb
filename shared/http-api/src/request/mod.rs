//! What comes in, parsed into what cannot be wrong.

mod amount;
mod body;
mod envelope;
mod parameters;
mod path;
mod precondition;

pub(crate) use body::Body;
pub use envelope::command_id;
pub(crate) use envelope::{AdminOnly, FromBody, Identity, Incoming, Keyed};
pub(crate) use parameters::{Asked, FromParameters, NUMBER_MAX, Parameters};
pub(crate) use path::{
    AccountPath, CommandPath, GenerationPath, MonthPath, ParkedPath, ProjectionPath, RebuildPath,
    TransactionPath,
};
pub(crate) use precondition::IfNoneMatch;
