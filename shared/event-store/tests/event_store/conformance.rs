//! The suite that every event store passes, over DynamoDB. Over those of the tests it runs in `testing`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod table;

use table::open;

testing::event_store_conformance!(open);
testing::command_store_conformance!(open);
