//! Sums over a real index: exact where doubles are not, and never of two currencies together.

use application::{
    ports::{Analytics, By, Period, Totals, Transaction, TransactionType},
    transactions::transactions,
};
use domain::account::{AccountType, Command};
use read_models::history::TransactionIndex;

use crate::{account::Account, servers::TestHistory};

fn year() -> Period {
    Period { from: "2026-01-01T00:00:00Z".parse().unwrap(), to: "2026-12-31T00:00:00Z".parse().unwrap() }
}

fn all(account: &Account) -> Vec<Transaction> {
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

/// Two accounts of dollars with sums that no double can tell apart, one of yen, one of dinars.
fn bank() -> [Account; 4] {
    let open = |id: &str, kind, amount: &str| Account::open(id, kind, amount);
    let mut a = open("a", AccountType::Savings, "9007199254740993.01 USD");
    a.later(86_400).deposits("0.01").deposits("0.01");
    let amount = "2000".parse().unwrap();
    a.does(Command::Withdraw { amount, reference: None, counterparty: None });
    let mut b = open("b", AccountType::Checking, "9007199254740993.02 USD");
    b.later(86_400).deposits("2000.02");
    let yen = open("yen", AccountType::Business, "999999999999999999 JPY");
    let dinar = open("dinar", AccountType::Business, "100.001 KWD");
    [a, b, yen, dinar]
}

async fn history(test: &str) -> TestHistory {
    let test = TestHistory::new(test).await;
    for account in &bank() {
        test.history.put(&all(account)).await.unwrap();
    }
    test.refresh().await;
    test
}

fn words(totals: &Totals) -> String {
    let Totals { transactions, currency, amount, fee } = totals;
    format!("{transactions} {amount} {fee} {}", currency.code())
}

#[tokio::test]
async fn volumes_are_exact_and_by_day_type_account_type_and_currency() {
    let test = history("volumes").await;
    let volumes = test.history.daily_volumes(year()).await.unwrap();
    let lines: Vec<String> = volumes
        .iter()
        .map(|one| {
            let kind = one.account_type.unwrap();
            format!("{} {:?} {kind} {}", &one.day.to_string()[..10], one.transaction_type, words(&one.totals))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "2026-01-01 Credit BUSINESS 1 999999999999999999 0 JPY",
            "2026-01-01 Credit BUSINESS 1 100.001 0.000 KWD",
            "2026-01-01 Credit CHECKING 1 9007199254740993.02 0.00 USD",
            "2026-01-01 Credit SAVINGS 1 9007199254740993.01 0.00 USD",
            "2026-01-02 Credit CHECKING 1 2000.02 0.00 USD",
            "2026-01-02 Credit SAVINGS 2 0.02 0.00 USD",
            "2026-01-02 Debit SAVINGS 1 2000.00 5.00 USD",
        ]
    );
    test.delete().await;
}

#[tokio::test]
async fn accounts_at_the_top_are_told_apart_by_a_cent_in_eighteen_digits() {
    let test = history("top").await;
    let top = async |by, limit| {
        let top = test.history.top_accounts(year(), by, limit).await.unwrap();
        top.iter().map(|one| format!("{} {}", one.account_id, words(&one.totals))).collect::<Vec<_>>()
    };
    let (a, b) = ("a 4 9007199254742993.03 5.00 USD", "b 2 9007199254742993.04 0.00 USD");
    let (yen, dinar) = ("yen 1 999999999999999999 0 JPY", "dinar 1 100.001 0.000 KWD");
    assert_eq!(top(By::Volume, 1).await, [yen, dinar, b]);
    assert_eq!(top(By::Volume, 9).await, [yen, dinar, b, a]);
    assert_eq!(top(By::Count, 1).await, [yen, dinar, a]);
    test.delete().await;
}

#[tokio::test]
async fn fees_and_active_accounts_are_counted_and_nothing_is_nothing() {
    let test = history("fees").await;
    let [fees] = test.history.fees(year()).await.unwrap().try_into().unwrap();
    assert_eq!(
        (fees.transaction_type, fees.account_type, words(&fees.totals).as_str()),
        (TransactionType::Debit, Some(AccountType::Savings), "1 2000.00 5.00 USD")
    );
    let active = test.history.active_accounts(year()).await.unwrap();
    let lines: Vec<String> = active
        .iter()
        .map(|one| format!("{} {} {}", one.currency.code(), one.account_type.unwrap(), one.accounts))
        .collect();
    assert_eq!(lines, ["JPY BUSINESS 1", "KWD BUSINESS 1", "USD CHECKING 1", "USD SAVINGS 1"]);
    let before =
        Period { to: "2025-01-01T00:00:00Z".parse().unwrap(), from: "2024-06-01T00:00:00Z".parse().unwrap() };
    assert!(test.history.daily_volumes(before).await.unwrap().is_empty());
    assert!(test.history.active_accounts(before).await.unwrap().is_empty());
    test.delete().await;
    let empty = TestHistory::new("no-sums").await;
    assert!(empty.history.fees(year()).await.unwrap().is_empty(), "before the first write");
    assert!(empty.history.top_accounts(year(), By::Count, 3).await.unwrap().is_empty());
}
