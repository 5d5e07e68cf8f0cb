//! A recorded batch of the queue against the handler: one message in order, one that is none, and one with poison.

use application::ports::{Generation, Transaction};
use aws_lambda_events::sqs::SqsEvent;
use read_models::{
    generations::{Generational, LiveHistoryProjector, MemoryControlTable},
    history::{IndexError, MemoryTransactionIndex, Put, TransactionIndex},
    parking::MemoryParking,
};
use testing::TestEnvironment;

use crate::handler::handle;

fn event() -> SqsEvent {
    serde_json::from_str(include_str!("../fixtures/messages.json")).unwrap()
}

fn projector<I>(
    index: I,
    parking: MemoryParking,
) -> LiveHistoryProjector<I, MemoryParking, MemoryControlTable> {
    LiveHistoryProjector { index, parking, catalog: MemoryControlTable::default() }
}

#[tokio::test]
async fn messages_are_written_and_only_those_that_cannot_be_read_come_again() {
    let (index, parking) = (MemoryTransactionIndex::default(), MemoryParking::default());
    let projector = projector(index.clone(), parking.clone());
    for _ in 0..2 {
        let response = handle(&projector, &TestEnvironment::default(), event()).await.unwrap();
        let answer = serde_json::to_value(&response).unwrap();
        let expected = serde_json::json!({
            "batchItemFailures": [{ "itemIdentifier": "059f36b4-87a3-44ab-83d2-661975410002" }]
        });
        assert_eq!(answer, expected);
        let ids: Vec<String> = index.all().into_keys().collect();
        assert_eq!(ids, ["0192f7c1-a:1", "0192f7c1-a:2", "0192f7c1-a:3"]);
        let [parked] = parking.all().try_into().unwrap();
        assert_eq!((parked.account_id.as_str(), parked.version), ("broken", 4));
    }
}

#[tokio::test]
async fn an_index_that_is_away_brings_the_whole_batch_again() {
    #[derive(Clone)]
    struct Away;
    impl Generational for Away {
        fn at(&self, _: Generation) -> Self {
            Self
        }
    }
    impl TransactionIndex for Away {
        async fn put(&self, _: &[Transaction]) -> Result<Vec<Put>, IndexError> {
            Err(IndexError::Throttled)
        }
    }
    let parking = MemoryParking::default();
    let failed = handle(&projector(Away, parking.clone()), &TestEnvironment::default(), event()).await;
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(parking.all(), []);
}
