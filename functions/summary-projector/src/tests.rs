//! A recorded batch of the stream against the handler: out of order, with a duplicate, with a commit of a holder, with a
//! record that is no insert, and with one that is no commit.

use aws_lambda_events::dynamodb::Event;
use read_models::{
    ProjectionError, TableError,
    cache::InProcessCache,
    generations::{LiveSummaryProjector, MemoryControlTable},
    parking::{MemoryParking, Parked, Parking},
    summary::{Consistency, MemorySummaryTable, SummaryTable},
};
use testing::{MemoryEventStore, TestEnvironment};

use crate::handler::handle;

fn event() -> Event {
    serde_json::from_str(include_str!("../fixtures/stream.json")).unwrap()
}

fn projector<P>(
    table: MemorySummaryTable,
    parking: P,
) -> LiveSummaryProjector<MemoryEventStore, MemorySummaryTable, InProcessCache, P, MemoryControlTable> {
    let (store, catalog) = (MemoryEventStore::default(), MemoryControlTable::default());
    LiveSummaryProjector { store, table, cache: None, parking, catalog }
}

#[tokio::test]
async fn a_batch_of_the_stream_brings_the_row_up_to_date() {
    let (table, parking) = (MemorySummaryTable::default(), MemoryParking::default());
    let projector = projector(table.clone(), parking.clone());
    for _ in 0..2 {
        handle(&projector, &TestEnvironment::default(), event()).await.unwrap();
        let row = table.read(&"0192f7c1-a".parse().unwrap(), Consistency::Strong).await.unwrap().unwrap();
        assert_eq!((row.version, row.balance.to_string()), (3, "508.00 USD".to_owned()));
        assert_eq!(table.of_user(&"user-1".parse().unwrap()).await.unwrap(), [row]);
        let [parked] = parking.all().try_into().unwrap();
        assert_eq!((parked.account_id.as_str(), parked.version), ("broken", 4));
        assert!(parked.reason.contains("events"), "{}", parked.reason);
    }
}

#[tokio::test]
async fn a_batch_comes_again_if_its_poison_cannot_be_parked() {
    #[derive(Clone)]
    struct Full;
    impl Parking for Full {
        async fn park(&self, _: &Parked) -> Result<(), TableError> {
            Err(TableError::Throttled)
        }
    }
    let projector = projector(MemorySummaryTable::default(), Full);
    let failed = handle(&projector, &TestEnvironment::default(), event()).await;
    assert!(matches!(failed, Err(ProjectionError::Table(TableError::Throttled))), "{failed:?}");
}

#[tokio::test]
async fn an_empty_batch_is_done() {
    let projector = projector(MemorySummaryTable::default(), MemoryParking::default());
    handle(&projector, &TestEnvironment::default(), Event::default()).await.unwrap();
}
