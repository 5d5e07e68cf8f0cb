//! A recorded batch of the queue against the handler: one block in order, one that is none, and one with poison.

use aws_lambda_events::sqs::SqsEvent;
use read_models::analytics::{AnalyticsProjector, Layout, MemoryObjects};
use testing::TestEnvironment;

use crate::handler::handle;

#[tokio::test]
async fn blocks_become_files_and_only_messages_that_cannot_be_read_come_again() {
    let environment = TestEnvironment::default();
    let objects = MemoryObjects::new(environment.clone());
    let projector = AnalyticsProjector::new(objects.clone(), Layout::below("v1"));
    let mut before = None;
    for _ in 0..2 {
        let event: SqsEvent = serde_json::from_str(include_str!("../fixtures/messages.json")).unwrap();
        let response = handle(&projector, &environment, event).await;
        let expected = serde_json::json!({
            "batchItemFailures": [{ "itemIdentifier": "059f36b4-87a3-44ab-83d2-661975410002" }]
        });
        assert_eq!(serde_json::to_value(&response).unwrap(), expected);
        let all = objects.all();
        let keys: Vec<&str> = all.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "v1/compactions/compactions.parquet",
                "v1/recent/date=2026-01-01/00000000000000000041.parquet",
                "v1/recent/date=2026-01-01/00000000000000000043.parquet",
            ]
        );
        // A duplicate writes the same bytes.
        assert_eq!(*before.get_or_insert_with(|| all.clone()), all);
    }
}
