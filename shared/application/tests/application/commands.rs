//! Commands: what they answer, whom they obey, and that the same one twice has one effect.

use application::CommandError;
use domain::{account::Rejection, account::Status, holder};

use crate::bank::{Bank, close, deposit, freeze, id, order, usd, withdraw};

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
        assert!(matches!(result, Err(CommandError::AccountNotFound(absent)) if absent == id(account)));
        let result = bank.transfer("mallory", account, "m", 1).await;
        assert!(matches!(result, Err(CommandError::AccountNotFound(absent)) if absent == id(account)));
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
    assert!(matches!(result, Err(CommandError::ReceiverNotFound(absent)) if absent == id("nobody")));
    let result = bank.transfer("bob", "b", "b", 10).await;
    assert!(matches!(result, Err(CommandError::Rejected(Rejection::SameAccountTransfer))));
}

#[tokio::test]
async fn only_an_admin_freezes() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    assert!(matches!(bank.change("alice", "a", freeze()).await, Err(CommandError::Forbidden)));
    assert_eq!(bank.change("admin", "a", freeze()).await.unwrap().status, Status::Frozen);
}

#[tokio::test]
async fn an_account_id_is_used_once() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    let again = bank.open("bob", "a", 500).await;
    assert!(matches!(again, Err(CommandError::AccountAlreadyExists(taken)) if taken == id("a")));
}

#[tokio::test]
async fn a_sixth_open_account_is_refused_and_closing_one_gives_a_place_back() {
    let bank = Bank::new();
    for number in 1..=5 {
        bank.open("alice", &format!("a{number}"), 100).await.unwrap();
    }
    let refused = bank.open("alice", "a6", 100).await;
    let limit = holder::Rejection::AccountLimitReached { limit: 5 };
    assert!(matches!(refused, Err(CommandError::HolderRejected(rejection)) if rejection == limit));
    bank.change("alice", "a3", withdraw(100)).await.unwrap();
    assert_eq!(bank.change("alice", "a3", close()).await.unwrap().status, Status::Closed);
    assert!(bank.open("alice", "a6", 100).await.is_ok());
}

#[tokio::test]
async fn an_expected_version_that_is_not_the_accounts_changes_nothing() {
    let bank = Bank::new();
    bank.open("alice", "a", 500).await.unwrap();
    let mut request = bank.request("alice");
    request.expected_version = Some(7);
    let result = bank.commands.change(&request, &id("a"), deposit(1)).await;
    assert!(matches!(result, Err(CommandError::VersionMismatch { expected: 7, actual: 1 })));
    request.expected_version = Some(1);
    assert_eq!(bank.commands.change(&request, &id("a"), deposit(1)).await.unwrap().version, 2);
}

#[tokio::test]
async fn the_same_command_again_right_away_has_one_effect_and_the_same_answer() {
    let bank = Bank::new();
    let request = bank.request("alice");
    let opened = bank.commands.open(&request, &order("alice", "a", 500)).await.unwrap();
    assert_eq!(bank.commands.open(&request, &order("alice", "a", 500)).await.unwrap(), opened);
    bank.open("bob", "b", 100).await.unwrap();

    let request = bank.request("alice");
    let deposited = bank.commands.change(&request, &id("a"), deposit(1)).await.unwrap();
    assert_eq!(bank.commands.change(&request, &id("a"), deposit(1)).await.unwrap(), deposited);

    let (request, order) = (bank.request("alice"), bank.transfer_order("a", "b", 10));
    let transferred = bank.commands.transfer(&request, &order).await.unwrap();
    bank.change("bob", "b", deposit(1)).await.unwrap();
    assert_eq!(bank.commands.transfer(&request, &order).await.unwrap(), transferred);
    assert_eq!(bank.change("alice", "a", deposit(1)).await.unwrap().balance, usd(500 + 1 - 12 + 1));
}
