//! The suite that every event store passes, over DynamoDB. Over those of the tests it runs in `testing`.

use crate::table::{event_store, journal, open};

testing::event_store_conformance!(open);
testing::command_store_conformance!(open);
testing::segmented_store_conformance!(event_store);
testing::journal_conformance!(journal);
