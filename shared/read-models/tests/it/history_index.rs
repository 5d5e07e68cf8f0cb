//! Writing to a real index: external versions, strict mapping, the alias.

use application::{
    ports::{History, Transaction},
    transactions::transactions,
};
use futures::future::try_join_all;
use opensearch::indices::{IndicesCreateParts, IndicesGetAliasParts};
use read_models::{
    history::{Put, TransactionCatalog, TransactionIndex},
    summary::Written,
};
use serde_json::{Value, json};

use crate::{account::Account, servers::TestHistory};

fn some() -> Vec<Transaction> {
    let mut account = Account::checking("a:1");
    account.deposits("1").deposits("2");
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

async fn count(test: &TestHistory) -> u64 {
    test.refresh().await;
    let alias = [test.alias.as_str()];
    let response = test.client.count(opensearch::CountParts::Index(&alias)).send().await.unwrap();
    response.json::<Value>().await.unwrap()["count"].as_u64().unwrap()
}

/// The indices behind the alias.
async fn behind_alias(test: &TestHistory) -> Vec<String> {
    let (indices, alias) = (test.client.indices(), [test.alias.as_str()]);
    let response = indices.get_alias(IndicesGetAliasParts::Name(&alias)).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    answer.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn the_first_write_makes_the_index_and_the_alias() {
    let test = TestHistory::new("first").await;
    let none = test.history.find(&"a:1".parse().unwrap(), &"a:1-t1".parse().unwrap()).await.unwrap();
    assert_eq!(none, None, "before it, nothing is found");
    assert_eq!(test.history.put(&some()).await.unwrap(), [Put::Done, Put::Done, Put::Done]);
    assert_eq!(behind_alias(&test).await, [format!("{}-v1", test.alias)]);
    assert_eq!(count(&test).await, 3);
    test.delete().await;
}

#[tokio::test]
async fn a_document_that_comes_again_is_as_good_as_written() {
    let test = TestHistory::new("again").await;
    let twice = [some(), some()].concat();
    for _ in 0..2 {
        assert_eq!(test.history.put(&twice).await.unwrap(), vec![Put::Done; 6]);
    }
    assert_eq!(count(&test).await, 3);
    test.delete().await;
}

#[tokio::test]
async fn a_document_that_was_changed_or_deleted_by_hand_is_written_over() {
    let test = TestHistory::new("by-hand").await;
    test.history.put(&some()).await.unwrap();
    // Both leave a version behind that is higher than the event's.
    let update = opensearch::UpdateParts::IndexId(&test.alias, "a:1:1");
    let body = json!({ "doc": { "amount": "7.00" } });
    assert!(test.client.update(update).body(body).send().await.unwrap().status_code().is_success());
    let delete = opensearch::DeleteParts::IndexId(&test.alias, "a:1:2");
    assert!(test.client.delete(delete).send().await.unwrap().status_code().is_success());
    assert_eq!(test.history.put(&some()).await.unwrap(), vec![Put::Done; 3]);
    let ids = some().iter().map(|one| format!("a:1:{}", one.version)).collect::<Vec<_>>();
    let found = test.history.get(&ids).await.unwrap();
    assert!(found.iter().zip(some()).all(|(found, one)| found.as_ref().unwrap().says(&one)), "{found:?}");
    assert_eq!(count(&test).await, 3);
    test.delete().await;
}

#[tokio::test]
async fn a_document_goes_only_as_it_was_seen_and_may_come_again() {
    let test = TestHistory::new("goes").await;
    test.history.put(&some()).await.unwrap();
    let ids = ["a:1:3".to_owned(), "a:1:9".to_owned()];
    let [Some(seen), None] = &test.history.get(&ids).await.unwrap()[..] else { panic!() };
    let seen = seen.clone();
    test.history.put(&some()).await.unwrap();
    assert_eq!(
        test.history.remove(std::slice::from_ref(&seen)).await.unwrap(),
        [Written::Lost],
        "written since"
    );
    let now = test.history.get(&ids).await.unwrap()[0].clone().unwrap();
    assert_eq!(test.history.remove(std::slice::from_ref(&now)).await.unwrap(), [Written::Done]);
    assert_eq!(test.history.remove(&[now]).await.unwrap(), [Written::Lost], "it is gone");
    assert_eq!(test.history.put(&some()).await.unwrap(), vec![Put::Done; 3]);
    assert_eq!(count(&test).await, 3, "an event that comes later has its document");
    test.delete().await;
}

#[tokio::test]
async fn whoever_makes_the_index_second_finds_it() {
    let test = TestHistory::new("race").await;
    try_join_all((0..8).map(|_| test.history.ensure())).await.unwrap();
    test.history.ensure().await.unwrap();
    assert_eq!(behind_alias(&test).await, [format!("{}-v1", test.alias)]);
    test.delete().await;
}

#[tokio::test]
async fn an_index_left_without_its_alias_gets_it() {
    let test = TestHistory::new("left").await;
    let index = format!("{}-v1", test.alias);
    let indices = test.client.indices();
    indices.create(IndicesCreateParts::Index(&index)).send().await.unwrap();
    test.history.ensure().await.unwrap();
    assert_eq!(behind_alias(&test).await, [index]);
    test.delete().await;
}

#[tokio::test]
async fn an_alias_that_points_elsewhere_stays() {
    let test = TestHistory::new("elsewhere").await;
    let index = format!("{}-v3", test.alias);
    let indices = test.client.indices();
    let body = json!({ "aliases": { &test.alias: {} } });
    indices.create(IndicesCreateParts::Index(&index)).body(body).send().await.unwrap();
    test.history.ensure().await.unwrap();
    assert_eq!(behind_alias(&test).await, std::slice::from_ref(&index));
    let delete = opensearch::indices::IndicesDeleteParts::Index(&[&index]);
    test.client.indices().delete(delete).send().await.unwrap();
}

#[tokio::test]
async fn a_document_that_the_mapping_refuses_is_told_apart_from_its_neighbours() {
    let test = TestHistory::new("refused").await;
    let mut transactions = some();
    // A date in nanoseconds begins in 1970.
    transactions[1].timestamp = "1969-12-31T23:59:59Z".parse().unwrap();
    let puts = test.history.put(&transactions).await.unwrap();
    assert_eq!((&puts[0], &puts[2]), (&Put::Done, &Put::Done));
    assert!(matches!(&puts[1], Put::Refused { reason } if reason.contains("mapper_parsing")), "{puts:?}");
    assert_eq!(count(&test).await, 2);
    test.delete().await;
}

#[tokio::test]
async fn sums_of_minor_units_are_exact() {
    let test = TestHistory::new("sums").await;
    let mut account = Account::open("a", domain::account::AccountType::Checking, "1234567890123456.78 USD");
    account.deposits("0.01");
    let transactions: Vec<Transaction> =
        account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect();
    test.history.put(&transactions).await.unwrap();
    test.refresh().await;
    let body =
        json!({ "query": { "range": { "balance_after_minor": { "gte": 123_456_789_012_345_679_i64 } } } });
    let alias = [test.alias.as_str()];
    let response =
        test.client.search(opensearch::SearchParts::Index(&alias)).body(body).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    let hits = answer["hits"]["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 1, "18 digits, of which the last decides");
    assert_eq!(hits[0]["_source"]["balance_after"], "1234567890123456.79");
    assert_eq!(hits[0]["_id"], "a:2");
    test.delete().await;
}
