//! One suite over both stores: what holds in memory holds in DynamoDB.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to say where")]

mod table;

mod memory {
    use event_store::MemoryEventStore;

    async fn open(_: &str) -> MemoryEventStore {
        MemoryEventStore::default()
    }

    testing::event_store_conformance!(open);
    testing::command_store_conformance!(open);
}

mod dynamodb {
    use crate::table::open;

    testing::event_store_conformance!(open);
    testing::command_store_conformance!(open);
}
