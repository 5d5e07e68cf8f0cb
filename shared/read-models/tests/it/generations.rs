//! Generations side by side, over every store that has them.

use application::{
    ports::{Projection, Transaction},
    transactions::transactions,
};
use opensearch::indices::{IndicesExistsParts, IndicesGetAliasParts};
use read_models::{
    generations::{ControlTable, Entry, Generational, MemoryControlTable},
    history::{IndexGenerations as _, Put, TransactionCatalog as _, TransactionIndex as _},
    summary::{Consistency, MemorySummaryTable, SummaryCatalog, Written},
};
use serde_json::Value;

use crate::{account::Account, servers};

const SUMMARY: Projection = Projection::AccountSummary;

async fn texts_have_a_lock_on_their_revision(table: &impl ControlTable) {
    let entry = |body: &str, revision| Some(Entry { body: body.to_owned(), revision });
    assert_eq!(table.get(SUMMARY, "a").await.unwrap(), None);
    assert_eq!(table.put(SUMMARY, "a", "{}", Some(1)).await.unwrap(), Written::Lost, "there is none");
    assert_eq!(table.put(SUMMARY, "a", "{}", None).await.unwrap(), Written::Done);
    assert_eq!(table.put(SUMMARY, "a", "[]", None).await.unwrap(), Written::Lost, "there is one");
    assert_eq!(table.put(SUMMARY, "a", "[1]", Some(1)).await.unwrap(), Written::Done);
    assert_eq!(table.put(SUMMARY, "a", "[2]", Some(1)).await.unwrap(), Written::Lost, "it has moved on");
    assert_eq!(table.get(SUMMARY, "a").await.unwrap(), entry("[1]", 2));
}

async fn texts_are_listed_by_how_their_names_begin(table: &impl ControlTable) {
    // More than one page of a table holds.
    let long = "x".repeat(100_000);
    for name in ["b#1", "b#0", "b", "c#0"]
        .map(str::to_owned)
        .into_iter()
        .chain((10..40).map(|number| format!("b#{number}")))
    {
        table.put(SUMMARY, &name, &long, None).await.unwrap();
    }
    table.put(Projection::TransactionHistory, "b#2", "{}", None).await.unwrap();
    let names: Vec<String> =
        table.list(SUMMARY, "b#").await.unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!((names.len(), names.first().map(String::as_str)), (32, Some("b#0")));
    assert!(names.is_sorted());
}

async fn keys(table: &impl SummaryCatalog) -> Vec<String> {
    let (mut keys, next) = table.keys(None, 100).await.unwrap();
    assert_eq!(next, None);
    keys.sort();
    keys
}

/// A row of the same account in two generations, and of another in one of them.
async fn rows_of_generations_do_not_mix(table: &(impl SummaryCatalog + Generational)) {
    let mut account = Account::checking("a:1");
    let early = account.summary();
    let late = account.deposits("7").summary();
    let other = Account::checking("b").summary();
    let (first, second) = (table.at(1), table.at(2));
    assert_eq!(first.write(&early, None).await.unwrap(), Written::Done);
    assert_eq!(second.write(&late, None).await.unwrap(), Written::Done, "there is none in this one");
    assert_eq!(second.write(&other, None).await.unwrap(), Written::Done);
    assert_eq!(table.at(12).read(&early.account_id, Consistency::Strong).await.unwrap(), None);
    for (generation, row) in [(table, &early), (&first, &early), (&second, &late)] {
        let read = generation.read(&row.account_id, Consistency::Strong).await.unwrap();
        assert_eq!(read.as_ref(), Some(row));
    }
    assert_eq!(first.of_user(&early.user_id).await.unwrap(), std::slice::from_ref(&early));
    assert_eq!(second.of_user(&early.user_id).await.unwrap(), [late.clone(), other]);
    assert_eq!(keys(&first).await, ["a:1"]);
    assert_eq!(keys(&second).await, ["a:1", "b"]);
    assert_eq!(second.remove("a:1", Some(late.version)).await.unwrap(), Written::Done);
    assert_eq!(second.read(&early.account_id, Consistency::Strong).await.unwrap(), None);
    assert_eq!(first.read(&early.account_id, Consistency::Strong).await.unwrap(), Some(early));
}

#[tokio::test]
async fn in_memory() {
    texts_have_a_lock_on_their_revision(&MemoryControlTable::default()).await;
    texts_are_listed_by_how_their_names_begin(&MemoryControlTable::default()).await;
    rows_of_generations_do_not_mix(&MemorySummaryTable::default()).await;
}

#[tokio::test]
async fn in_dynamodb() {
    texts_have_a_lock_on_their_revision(&servers::control_table("lock").await).await;
    texts_are_listed_by_how_their_names_begin(&servers::control_table("list").await).await;
    rows_of_generations_do_not_mix(&servers::summary_table("generations").await).await;
}

fn some() -> Vec<Transaction> {
    let mut account = Account::checking("a:1");
    account.deposits("1").deposits("2");
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

/// The index that queries read.
async fn read_index(test: &servers::TestHistory) -> Vec<String> {
    let (indices, alias) = (test.client.indices(), [test.alias.as_str()]);
    let response = indices.get_alias(IndicesGetAliasParts::Name(&alias)).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    answer.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn a_generation_of_the_index_is_made_read_and_taken_away() {
    let test = servers::TestHistory::new("generations").await;
    let (all, ids) = (some(), ["a:1:1", "a:1:2", "a:1:3"].map(str::to_owned));
    let (first, second) = (test.history.at(1), test.history.at(2));
    assert_eq!(first.put(&all[..1]).await.unwrap(), [Put::Done], "the first one makes itself");
    let failed = second.put(&all).await.unwrap();
    assert!(failed.iter().all(|put| matches!(put, Put::Failed { .. })), "no other does: {failed:?}");
    for _ in 0..2 {
        test.history.open(2).await.unwrap();
        test.history.open(1).await.unwrap();
    }
    assert_eq!(second.put(&all).await.unwrap(), vec![Put::Done; 3]);
    assert_eq!(read_index(&test).await, [format!("{}-v1", test.alias)]);
    for (generation, read) in [(2, 3), (1, 1), (2, 3)] {
        test.history.publish(generation).await.unwrap();
        assert_eq!(read_index(&test).await, [format!("{}-v{generation}", test.alias)]);
        let found = test.history.documents("a:1", None, 10).await.unwrap();
        assert_eq!(found.len(), read, "what was written before it was published is found");
    }
    for _ in 0..2 {
        test.history.discard(1).await.unwrap();
    }
    let parts = IndicesExistsParts::Index(&[&format!("{}-v1", test.alias)]);
    assert_eq!(test.client.indices().exists(parts).send().await.unwrap().status_code().as_u16(), 404);
    assert!(second.get(&ids).await.unwrap().iter().all(Option::is_some));
    test.history.discard(2).await.unwrap();
}
