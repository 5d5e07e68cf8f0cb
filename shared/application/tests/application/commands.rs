//! Commands: what they answer, whom they obey, and that the same one twice has one effect.

use application::{
    CommandError, Refusal,
    commands::{Receipt, Request},
};
use domain::{account::Rejection, account::Status, holder};

use crate::bank::{Bank, No, change, close, deposit, freeze, id, usd, withdraw};

#[tokio::test]
async fn a_command_answers_with_version_balance_and_transaction() {
    let bank = Bank::new();
    let opened = bank.open("alice", "a", 100).await.unwrap();
    assert_eq!((opened.version, opened.balance), (1, usd(100)));
    let deposited = bank.change("alice", "a", deposit(50)).await.unwrap();
    assert_eq!((deposited.version, deposited.balance, deposited.fee), (2, usd(150), usd(0)));
    assert_ne!(opened.transaction_id, deposited.transaction_id);
}

#[tokio::test]
async fn a_transfer_moves_money_with_one_timestamp_and_takes_its_fee() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    bank.open("bob", "b", 100).await.unwrap();
    let receipt = bank.transfer("alice", "a", "b", 200).await.unwrap();
    assert_eq!((receipt.from.balance, receipt.from.fee, receipt.to.balance), (usd(298), usd(2), usd(300)));
    let legs: Vec<_> = bank.store.all().into_iter().filter(|commit| commit.version == 2).collect();
    assert_eq!(legs.len(), 2);
    assert_eq!(legs[0].timestamp, legs[1].timestamp);
}

#[tokio::test]
async fn another_users_account_is_as_absent_as_none() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    bank.open("mallory", "m", 500).await.unwrap();
    for account in ["a", "never-opened"] {
        let result = bank.change("mallory", account, deposit(1)).await;
        assert!(
            matches!(result, Err(No::Refused(Refusal::AccountNotFound(absent))) if absent == id(account))
        );
        let result = bank.transfer("mallory", account, "m", 1).await;
        assert!(
            matches!(result, Err(No::Refused(Refusal::AccountNotFound(absent))) if absent == id(account))
        );
    }
    assert_eq!(bank.change("admin", "a", withdraw(1)).await.unwrap().balance, usd(499));
}

#[tokio::test]
async fn money_may_come_in_by_transfer_from_anyone_but_not_to_nobody() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    bank.open("bob", "b", 100).await.unwrap();
    assert!(bank.transfer("bob", "b", "a", 10).await.is_ok());
    let result = bank.transfer("bob", "b", "nobody", 10).await;
    assert!(matches!(result, Err(No::Refused(Refusal::ReceiverNotFound(absent))) if absent == id("nobody")));
    let result = bank.transfer("bob", "b", "b", 10).await;
    assert!(matches!(result, Err(No::Refused(Refusal::Account(Rejection::SameAccountTransfer)))));
}

#[tokio::test]
async fn only_an_admin_freezes() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    assert!(matches!(bank.change("alice", "a", freeze()).await, Err(No::Failed(CommandError::Forbidden))));
    assert_eq!(bank.change("admin", "a", freeze()).await.unwrap().status, Status::Frozen);
}

#[tokio::test]
async fn an_account_id_is_used_once() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    let again = bank.open("bob", "a", 500).await;
    assert!(matches!(again, Err(No::Refused(Refusal::AccountAlreadyExists(taken))) if taken == id("a")));
}

#[tokio::test]
async fn a_sixth_open_account_is_refused_and_closing_one_gives_a_place_back() {
    let bank = Bank::new();
    for number in 1..=5 {
        bank.open("alice", &format!("a{number}"), 100).await.unwrap();
    }
    let refused = bank.open("alice", "a6", 100).await;
    let limit = holder::Rejection::AccountLimitReached { limit: 5 };
    assert!(matches!(refused, Err(No::Refused(Refusal::Holder(rejection))) if rejection == limit));
    bank.change("alice", "a3", withdraw(100)).await.unwrap();
    assert_eq!(bank.change("alice", "a3", close()).await.unwrap().status, Status::Closed);
    assert!(bank.open("alice", "a6", 100).await.is_ok());
}

#[tokio::test]
async fn an_expected_version_that_is_not_the_accounts_changes_nothing() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    let request = Request { expected_version: Some(7), ..bank.request("alice") };
    let result = bank.execute(&request, &change("a", deposit(1))).await;
    let Err(No::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal, Refusal::VersionMismatch { expected: 7, actual: 1 });
    let request = Request { expected_version: Some(1), ..bank.request("alice") };
    let Receipt::Account(receipt) = bank.execute(&request, &change("a", deposit(1))).await.unwrap() else {
        panic!("not of an account")
    };
    assert_eq!(receipt.version, 2);
}
