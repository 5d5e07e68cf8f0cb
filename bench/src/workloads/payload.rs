//! Streams that count events of a given size: what the workloads append, through the same code as the bank's accounts.

use anyhow::Result;
use application::{
    Commit, Metadata, Stream,
    codec::{Aggregate, CodecError, StoredEvent},
    ports::Environment as _,
};
use domain::{Timestamp, account::BrokenHistory};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::variants::SystemEnvironment;

const USER: &str = "4f9c2a10-7d3e-4b5f-9a61-2c8d7e6f5a40";

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

/// The commit with which a stream goes on, as a command would make it.
pub fn next(stream: &Stream<Payloads>, bytes: usize) -> Result<Commit> {
    let metadata = Metadata {
        command_id: SystemEnvironment.new_id(),
        user_id: USER.parse()?,
        recorded_at: SystemEnvironment.now(),
        traceparent: None,
        correlation_id: None,
        causation_id: None,
    };
    let at = stream.next_timestamp(metadata.recorded_at);
    Ok(stream.next(SystemEnvironment.new_id().to_string(), &Payload(bytes), at, &metadata)?)
}
