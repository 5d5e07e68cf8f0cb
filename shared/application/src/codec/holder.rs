//! The stored form of a holder's events and state.

use domain::{
    Timestamp,
    account::BrokenHistory,
    holder::{self, Event, Holder},
};

use super::{Aggregate, CodecError, StoredEvent, data, stored};

/// The streams of holders.
pub enum Holders {}

const ACCOUNT_ADDED: &str = "AccountAdded";
const ACCOUNT_REMOVED: &str = "AccountRemoved";

impl Aggregate for Holders {
    type Event = Event;
    type State = Holder;
    const STATE_SCHEMA: u16 = 1;

    fn encode(event: &Event) -> Result<StoredEvent, CodecError> {
        match event {
            Event::AccountAdded(event) => stored(ACCOUNT_ADDED, 1, event),
            Event::AccountRemoved(event) => stored(ACCOUNT_REMOVED, 1, event),
        }
    }

    fn decode(stored: StoredEvent) -> Result<Event, CodecError> {
        Ok(match (stored.name.as_str(), stored.version) {
            (ACCOUNT_ADDED, 1) => Event::AccountAdded(data(stored)?),
            (ACCOUNT_REMOVED, 1) => Event::AccountRemoved(data(stored)?),
            (_, version) => return Err(CodecError::UnknownEvent { name: stored.name, version }),
        })
    }

    fn evolve(state: Option<Holder>, event: &Event, _: Timestamp) -> Result<Holder, BrokenHistory> {
        Ok(holder::evolve(state.unwrap_or_default(), event))
    }
}
