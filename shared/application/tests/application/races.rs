//! Many at once: the lock is optimistic, so what is tried is that nothing is lost when it does not hold at first.

use application::CommandError;
use futures::future::join_all;

use crate::bank::{Bank, No, deposit, usd, withdraw};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deposits_racing_on_one_account_all_count_or_say_that_they_do_not() {
    let bank = Bank::new();
    bank.open("alice", "a", 100).await.unwrap();
    let tasks = (0..50).map(|_| {
        let bank = bank.clone();
        tokio::spawn(async move { bank.change("alice", "a", deposit(1)).await })
    });
    let mut succeeded = 0;
    for result in join_all(tasks).await {
        match result.unwrap() {
            Ok(_) => succeeded += 1,
            Err(No::Failed(CommandError::ConcurrentModification)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(succeeded >= 10, "{succeeded}");
    let last = bank.change("alice", "a", deposit(1)).await.unwrap();
    assert_eq!((last.version, last.balance), (u64::from(succeeded) + 2, usd(100 + succeeded + 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_accounts_opened_at_once_by_one_user_exactly_five_open() {
    let bank = Bank::new();
    let tasks = (0..20).map(|number| {
        let bank = bank.clone();
        tokio::spawn(async move { bank.open("alice", &format!("a{number}"), 100).await.is_ok() })
    });
    let opened = join_all(tasks).await.into_iter().filter(|result| *result.as_ref().unwrap()).count();
    assert_eq!(opened, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_one_id_opened_by_many_at_once_exactly_one_opens() {
    let bank = Bank::new();
    let tasks = (0..10).map(|number| {
        let bank = bank.clone();
        let user = format!("user-{number}");
        tokio::spawn(async move { bank.open(&user, "one", 100).await.is_ok() })
    });
    let opened = join_all(tasks).await.into_iter().filter(|result| *result.as_ref().unwrap()).count();
    assert_eq!(opened, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transfers_racing_both_ways_conserve_money() {
    let bank = Bank::new();
    bank.open("alice", "a", 10_000).await.unwrap();
    bank.open("alice", "b", 10_000).await.unwrap();
    let tasks = (0..40).map(|number| {
        let bank = bank.clone();
        let (from, to) = if number % 2 == 0 { ("a", "b") } else { ("b", "a") };
        tokio::spawn(async move { bank.transfer("alice", from, to, 7).await.is_ok() })
    });
    let fees = join_all(tasks).await.into_iter().filter(|result| *result.as_ref().unwrap()).count() * 2;
    let [a, b] = ["a", "b"].map(|account| bank.change("alice", account, withdraw(1)));
    let sum = a.await.unwrap().balance.checked_add(b.await.unwrap().balance).unwrap();
    assert_eq!(sum, usd(20_000 - 2 - u32::try_from(fees).unwrap()));
}
