//! The suite that every event store passes, over DynamoDB. Over those of the tests it runs in `testing`.

use crate::table::{journal, open};

testing::event_store_conformance!(open);
testing::command_store_conformance!(open);
testing::journal_conformance!(journal);
