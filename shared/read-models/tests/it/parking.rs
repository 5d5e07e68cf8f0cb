//! Parking is idempotent, and keeps the first version that an account stopped at.

use read_models::parking::{MemoryParking, Parked, Parking};

use crate::servers::parked_table;

fn parked(account_id: &str, version: u64, reason: &str) -> Parked {
    Parked::new("a-projection", account_id.parse().unwrap(), version, reason)
}

async fn park_some(parking: &impl Parking) {
    parking.park(&parked("one", 7, "first")).await.unwrap();
    parking.park(&parked("one", 7, "again")).await.unwrap();
    parking.park(&parked("one", 9, "later")).await.unwrap();
    parking.park(&parked("two", 5, "later")).await.unwrap();
    parking.park(&parked("two", 4, "earlier")).await.unwrap();
}

#[tokio::test]
async fn in_memory_the_earliest_version_stays() {
    let parking = MemoryParking::default();
    park_some(&parking).await;
    assert_eq!(parking.all(), [parked("one", 7, "first"), parked("two", 4, "earlier")]);
}

#[tokio::test]
async fn in_dynamodb_the_earliest_version_stays() {
    let (parking, client, table) = parked_table("earliest").await;
    park_some(&parking).await;
    let mut items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    items.sort_by_key(|item| item["account_id"].as_s().unwrap().clone());
    let read = |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        assert_eq!(item["projection"].as_s().unwrap(), "a-projection");
        let text = |name: &str| item[name].as_s().unwrap().clone();
        parked(&text("account_id"), item["version"].as_n().unwrap().parse().unwrap(), &text("reason"))
    };
    let rows: Vec<Parked> = items.iter().map(read).collect();
    assert_eq!(rows, [parked("one", 7, "first"), parked("two", 4, "earlier")]);
}

#[test]
fn a_reason_has_the_whole_chain_of_errors_up_to_a_limit() {
    #[derive(Debug, thiserror::Error)]
    #[error("the outside")]
    struct Outer(#[source] std::fmt::Error);
    let account_id = "one".parse().unwrap();
    let chained = Parked::because("p", account_id, 1, &Outer(std::fmt::Error));
    assert!(chained.reason.starts_with("the outside: "), "{}", chained.reason);
    assert_eq!(parked("one", 1, &"é".repeat(5_000)).reason.chars().count(), 1_000);
}
