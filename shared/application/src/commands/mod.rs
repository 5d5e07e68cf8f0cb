//! The one entry for commands: load, decide, append; on a conflict decide again from what won.

mod caller;
mod change;
mod open;
mod receipt;
mod retry;
mod transfer;

use uuid::Uuid;

use crate::{
    Metadata,
    ports::{Environment, EventStore},
};

pub use caller::Caller;
pub use open::OpenAccount;
pub use receipt::{Receipt, TransferReceipt};
pub use retry::ATTEMPTS_MAX;

/// What comes along with every command.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// Names the command: one effect each.
    pub command_id: Uuid,
    /// Refuse if the account is not at this version; of a transfer, the sending account.
    pub expected_version: Option<u64>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// The command side of the ledger.
#[derive(Clone, Debug)]
pub struct Commands<S, E> {
    store: S,
    environment: E,
}

impl<S: EventStore, E: Environment> Commands<S, E> {
    /// The command side over this store.
    pub fn new(store: S, environment: E) -> Self {
        Self { store, environment }
    }

    fn new_id(&self) -> Uuid {
        self.environment.new_id()
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
