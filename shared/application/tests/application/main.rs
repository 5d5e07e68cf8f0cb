//! The use cases over the event store in memory. Rules of the account itself are tested in `domain`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod bank;
mod commands;
mod idempotency;
mod import;
mod journal;
mod past;
mod races;
mod restore;
mod statements;
mod stored_forms;
mod verify;
