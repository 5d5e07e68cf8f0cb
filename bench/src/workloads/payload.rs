//! Streams that count events of a given size: what the workloads append, through the same code as the bank's accounts.

use application::codec::{Aggregate, CodecError, StoredEvent};
use domain::{Timestamp, account::BrokenHistory};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of stream.
pub struct Payloads;

/// An event: so many bytes.
pub struct Payload(pub usize);

/// The state after it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Count {
    events: u64,
}

impl Aggregate for Payloads {
    type Event = Payload;
    type State = Count;
    const STATE_SCHEMA: u16 = 1;

    fn encode(Payload(bytes): &Payload) -> Result<StoredEvent, CodecError> {
        let data = Value::String("0".repeat(*bytes));
        Ok(StoredEvent { name: "test".to_owned(), version: 1, id: String::new(), data })
    }

    fn decode(stored: StoredEvent) -> Result<Payload, CodecError> {
        match stored.data {
            Value::String(data) => Ok(Payload(data.len())),
            _ => Err(CodecError::UnknownEvent { name: stored.name, version: stored.version }),
        }
    }

    fn evolve(state: Option<Count>, _: &Payload, _: Timestamp) -> Result<Count, BrokenHistory> {
        Ok(Count { events: state.map_or(0, |state| state.events) + 1 })
    }
}
