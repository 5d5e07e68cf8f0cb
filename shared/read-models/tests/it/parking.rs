//! One suite over both parking lots: idempotent, keeping the first version that an account stopped at, and giving rows
//! back on the condition that they are as they were seen.

use application::ports::{ParkedId, Projection};
use aws_sdk_dynamodb::types::AttributeValue;
use read_models::{
    parking::{Parked, ParkingLot},
    summary::Written,
};

use crate::servers::parked_table;

const SUMMARY: Projection = Projection::AccountSummary;
const HISTORY: Projection = Projection::TransactionHistory;

fn parked(projection: Projection, account_id: &str, version: u64, reason: &str) -> Parked {
    Parked::new(projection, account_id.parse().unwrap(), version, reason)
}

fn id(projection: Projection, account_id: &str) -> ParkedId {
    ParkedId { projection, account_id: account_id.parse().unwrap() }
}

/// Without the time, which differs.
fn untimed(rows: Vec<Parked>) -> Vec<Parked> {
    rows.into_iter().map(|row| Parked { parked_at: None, ..row }).collect()
}

async fn the_earliest_version_stays(parking: &impl ParkingLot) {
    for (account_id, version, reason) in [
        ("one", 7, "first"),
        ("one", 7, "again"),
        ("one", 9, "later"),
        ("two", 5, "later"),
        ("two", 4, "earlier"),
    ] {
        parking.park(&parked(HISTORY, account_id, version, reason)).await.unwrap();
    }
    let expected = [parked(HISTORY, "one", 7, "first"), parked(HISTORY, "two", 4, "earlier")];
    assert_eq!(untimed(parking.page(None, None, 10).await.unwrap()), expected);
}

async fn a_row_says_since_when(parking: &impl ParkingLot) {
    for account_id in ["one", "two"] {
        parking.park(&parked(SUMMARY, account_id, 7, "why")).await.unwrap();
    }
    let one = parking.find(&id(SUMMARY, "one")).await.unwrap().unwrap();
    let two = parking.find(&id(SUMMARY, "two")).await.unwrap().unwrap();
    assert!(one.parked_at < two.parked_at && one.parked_at.is_some(), "{one:?} {two:?}");
    parking.park(&parked(SUMMARY, "one", 7, "again")).await.unwrap();
    assert_eq!(parking.find(&id(SUMMARY, "one")).await.unwrap(), Some(one));
    assert_eq!(parking.find(&id(HISTORY, "one")).await.unwrap(), None);
}

async fn rows_come_in_pages_by_projection_and_account(parking: &impl ParkingLot) {
    let mut all = Vec::new();
    for projection in [SUMMARY, HISTORY] {
        for account_id in ["a", "a:1", "b", "c", "d"] {
            all.push(parked(projection, account_id, 1, "why"));
        }
    }
    for row in all.iter().rev() {
        parking.park(row).await.unwrap();
    }
    for projection in [None, Some(SUMMARY), Some(HISTORY)] {
        for limit in 1..12 {
            let (mut rows, mut after) = (Vec::new(), None);
            loop {
                let page = untimed(parking.page(projection, after.as_ref(), limit).await.unwrap());
                assert!(page.len() <= limit);
                after = page.last().map(Parked::id);
                rows.extend(page);
                if after.is_none() {
                    break;
                }
            }
            let asked = all.iter().filter(|row| projection.is_none_or(|one| one == row.projection));
            assert_eq!(rows, asked.cloned().collect::<Vec<_>>(), "{projection:?}, {limit} a page");
        }
    }
}

async fn a_row_goes_only_as_it_was_seen(parking: &impl ParkingLot) {
    parking.park(&parked(SUMMARY, "one", 7, "why")).await.unwrap();
    let seen = parking.find(&id(SUMMARY, "one")).await.unwrap().unwrap();
    parking.park(&parked(SUMMARY, "one", 5, "earlier")).await.unwrap();
    assert_eq!(parking.remove(&seen).await.unwrap(), Written::Lost);
    let seen = parking.find(&id(SUMMARY, "one")).await.unwrap().unwrap();
    assert_eq!((seen.version, seen.reason.as_str()), (5, "earlier"));
    assert_eq!(parking.remove(&seen).await.unwrap(), Written::Done);
    assert_eq!(parking.find(&seen.id()).await.unwrap(), None);
    assert_eq!(parking.remove(&seen).await.unwrap(), Written::Lost, "there is none");
}

async fn a_row_is_renewed_only_as_it_was_seen_and_keeps_its_time(parking: &impl ParkingLot) {
    parking.park(&parked(SUMMARY, "one", 7, "why")).await.unwrap();
    let seen = parking.find(&id(SUMMARY, "one")).await.unwrap().unwrap();
    let later = parked(SUMMARY, "one", 9, "something else");
    assert_eq!(parking.renew(&seen, &later).await.unwrap(), Written::Done);
    let renewed = parking.find(&seen.id()).await.unwrap().unwrap();
    assert_eq!(renewed, Parked { parked_at: seen.parked_at, ..later.clone() });
    assert_eq!(parking.renew(&seen, &later).await.unwrap(), Written::Lost);
    parking.remove(&renewed).await.unwrap();
    assert_eq!(parking.renew(&renewed, &later).await.unwrap(), Written::Lost, "there is none");
}

macro_rules! suite {
    ($open:path: $($test:ident)*) => {
        $(#[tokio::test]
        async fn $test() {
            super::$test(&$open(stringify!($test)).await).await;
        })*
    };
    ($open:path) => {
        suite!($open:
            the_earliest_version_stays
            a_row_says_since_when
            rows_come_in_pages_by_projection_and_account
            a_row_goes_only_as_it_was_seen
            a_row_is_renewed_only_as_it_was_seen_and_keeps_its_time
        );
    };
}

mod memory {
    use read_models::parking::MemoryParking;
    use testing::TestEnvironment;

    async fn open(_: &str) -> MemoryParking {
        MemoryParking::timed(TestEnvironment::default())
    }

    suite!(open);
}

mod dynamodb {
    use read_models::parking::DynamoDbParking;
    use testing::TestEnvironment;

    use crate::servers::parked_table;

    async fn open(test: &str) -> DynamoDbParking<TestEnvironment> {
        let short: String = test.split('_').map(|word| &word[..1]).collect();
        parked_table(&short).await.0
    }

    suite!(open);
}

#[tokio::test]
async fn a_row_of_an_earlier_build_says_no_time() {
    let (parking, client, table) = parked_table("untimed").await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let request = client
        .put_item()
        .table_name(table)
        .item("projection", text("account-summary"))
        .item("account_id", text("old"))
        .item("version", AttributeValue::N("3".to_owned()))
        .item("reason", text("why"));
    request.send().await.unwrap();
    let expected = parked(SUMMARY, "old", 3, "why");
    assert_eq!(parking.find(&expected.id()).await.unwrap(), Some(expected.clone()));
    assert_eq!(parking.page(None, None, 10).await.unwrap(), [expected]);
}

#[test]
fn an_id_reads_back_whatever_the_account_is_called() {
    for account_id in ["cz-576", "a:1", "a:b:c", "-", "a.b_c"] {
        let id = id(HISTORY, account_id);
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    for text in ["", "cz-576", "account-summary", "account-summary:", "other:cz-576", "account-summary:a b"] {
        assert!(text.parse::<ParkedId>().is_err(), "{text}");
    }
}

#[test]
fn a_reason_has_the_whole_chain_of_errors_up_to_a_limit() {
    #[derive(Debug, thiserror::Error)]
    #[error("the outside")]
    struct Outer(#[source] std::fmt::Error);
    let account_id = "one".parse().unwrap();
    let chained = Parked::because(SUMMARY, account_id, 1, &Outer(std::fmt::Error));
    assert!(chained.reason.starts_with("the outside: "), "{}", chained.reason);
    assert_eq!(parked(SUMMARY, "one", 1, &"é".repeat(5_000)).reason.chars().count(), 1_000);
}
