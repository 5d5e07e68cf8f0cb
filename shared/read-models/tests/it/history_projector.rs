//! The projector against what queues and the index really do: failures of one document, of one message, of all.

use std::sync::Arc;

use application::ports::Transaction;
use read_models::{
    ProjectionError,
    history::{
        Delivered, DeliveryError, HistoryProjector, IndexError, MemoryTransactionIndex, PROJECTION, Put,
        TransactionIndex,
    },
    message,
    parking::{MemoryParking, Parked},
};

use crate::account::Account;

/// An index that answers some transactions otherwise, and writes the rest.
#[derive(Clone)]
struct Answering {
    inner: MemoryTransactionIndex,
    answer: Arc<dyn Fn(&Transaction) -> Put + Send + Sync>,
}

impl TransactionIndex for Answering {
    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        let answers: Vec<Put> = transactions.iter().map(|one| (self.answer)(one)).collect();
        for (transaction, _) in transactions.iter().zip(&answers).filter(|(_, answer)| **answer == Put::Done)
        {
            self.inner.put(std::slice::from_ref(transaction)).await?;
        }
        Ok(answers)
    }
}

/// An index that never answers.
struct Silent;

impl TransactionIndex for Silent {
    async fn put(&self, _: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        Err(IndexError::Throttled)
    }
}

fn account(id: &str) -> Account {
    let mut account = Account::checking(id);
    account.deposits("1").deposits("2");
    account
}

fn body(account: &Account) -> String {
    message(1, &account.commits).unwrap()
}

fn refused() -> Put {
    Put::Refused { reason: "400 mapper_parsing_exception".to_owned() }
}

/// The results of three messages, of the accounts `one`, `two` and `three`, and what is parked and written then.
async fn project(
    answer: impl Fn(&Transaction) -> Put + Send + Sync + 'static,
) -> (Vec<Result<Delivered, DeliveryError>>, Vec<Parked>, usize) {
    let index = Answering { inner: MemoryTransactionIndex::default(), answer: Arc::new(answer) };
    let parking = MemoryParking::default();
    let bodies = ["one", "two", "three"].map(|id| body(&account(id)));
    let projector = HistoryProjector::new(index.clone(), parking.clone());
    let results = projector.project(&bodies.each_ref().map(String::as_str)).await.unwrap();
    (results, parking.all(), index.inner.all().len())
}

#[tokio::test]
async fn a_refused_document_parks_its_account_and_holds_up_nothing() {
    let (results, parked, written) =
        project(
            |one| if one.account_id.as_str() == "two" && one.version == 2 { refused() } else { Put::Done },
        )
        .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let expected = Parked::new(PROJECTION, "two".parse().unwrap(), 2, "400 mapper_parsing_exception");
    assert_eq!((parked, written), (vec![expected], 8));
}

#[tokio::test]
async fn a_message_with_a_document_not_written_comes_again_alone() {
    let (results, parked, written) = project(|one| match (one.account_id.as_str(), one.version) {
        ("two", 1) => Put::Failed { reason: "429".to_owned() },
        ("three", 3) => refused(),
        _ => Put::Done,
    })
    .await;
    assert!(results[0].is_ok() && results[2].is_ok(), "{results:?}");
    assert!(matches!(&results[1], Err(DeliveryError::NotWritten { reason, .. }) if reason == "429"));
    assert_eq!((parked.len(), written), (1, 7));
    assert_eq!((parked[0].account_id.as_str(), parked[0].version), ("three", 3));
}

#[tokio::test]
async fn an_index_that_does_not_answer_brings_all_messages_again() {
    let parking = MemoryParking::default();
    let failed = HistoryProjector::new(Silent, parking.clone()).project(&[&body(&account("one"))]).await;
    assert!(matches!(failed, Err(ProjectionError::Index(IndexError::Throttled))), "{failed:?}");
    assert_eq!(parking.all(), []);
}

#[tokio::test]
async fn poison_is_parked_and_the_rest_of_its_message_written() {
    let (mut poisoned, index, parking) =
        (account("one"), MemoryTransactionIndex::default(), MemoryParking::default());
    poisoned.commits[1].events = poisoned.commits[1].events.replace("MoneyDeposited", "MoneyBurned");
    // Before there was a journal, messages had what could not be read from the stream.
    let unreadable = r#"{"commits":[],"unreadable":[{"stream":"account-x","version":4,"reason":"no item"}]}"#;
    let bodies = [&body(&poisoned), unreadable];
    let results = HistoryProjector::new(index.clone(), parking.clone()).project(&bodies).await.unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let places: Vec<_> =
        parking.all().into_iter().map(|parked| (parked.account_id.to_string(), parked.version)).collect();
    assert_eq!(places, [("one".to_owned(), 2), ("x".to_owned(), 4)]);
    assert_eq!(index.all().keys().collect::<Vec<_>>(), ["one:1", "one:3"]);
}

#[tokio::test]
async fn a_message_that_is_none_fails_alone() {
    let index = MemoryTransactionIndex::default();
    let projector = HistoryProjector::new(index.clone(), MemoryParking::default());
    let results = projector.project(&["no message", &body(&account("one"))]).await.unwrap();
    assert!(matches!(results[0], Err(DeliveryError::Message(_))));
    assert!(results[1].is_ok());
    assert_eq!(index.all().len(), 3);
}
