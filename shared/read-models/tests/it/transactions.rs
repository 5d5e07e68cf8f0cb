//! Which transaction each event is.

use application::{
    Commit, StreamId,
    ports::{Transaction, TransactionType},
    transactions::{MappingError, transactions},
};
use domain::account::{AccountCreated, AccountType, Command, Event};

use crate::account::{Account, money, text};

fn all(account: &Account) -> Vec<Transaction> {
    account.commits.iter().flat_map(|commit| transactions(commit).unwrap()).collect()
}

#[test]
fn every_movement_of_money_is_a_transaction_and_nothing_else_is() {
    let mut account = Account::open("a", AccountType::Savings, "5000.00 USD");
    let (reference, counterparty) = (Some(text("rent")), Some(text("ACME")));
    let amount = "20".parse().unwrap();
    account.does(Command::Deposit {
        amount,
        reference: reference.clone(),
        counterparty: counterparty.clone(),
    });
    account.does(Command::Freeze { reason: text("why") });
    account.does(Command::Unfreeze { reason: text("why") });
    let amount = "1500".parse().unwrap();
    account.does(Command::Withdraw { amount, reference, counterparty });
    account.sends("10", Some("gift"));
    account.receives("3", None);
    let rows: Vec<_> = all(&account)
        .into_iter()
        .map(|one| {
            let sums = format!("{} {} {}", one.amount, one.fee.amount(), one.balance_after.amount());
            (one.version, one.transaction_type, sums, one.description, one.reference, one.counterparty)
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    let row = |version, kind, sums: &str, description: &str, reference, counterparty| {
        (version, kind, sums.to_owned(), description.to_owned(), reference, counterparty)
    };
    assert_eq!(
        rows,
        [
            row(1, TransactionType::Credit, "5000.00 USD 0.00 5000.00", "Initial deposit", None, None),
            row(
                2,
                TransactionType::Credit,
                "20.00 USD 0.00 5020.00",
                "Deposit - rent",
                some("rent"),
                some("ACME")
            ),
            row(
                5,
                TransactionType::Debit,
                "1500.00 USD 5.00 3515.00",
                "Withdrawal - rent",
                some("rent"),
                some("ACME")
            ),
            row(
                6,
                TransactionType::TransferOut,
                "10.00 USD 2.00 3503.00",
                "Transfer to receiver",
                some("gift"),
                some("receiver")
            ),
            row(
                7,
                TransactionType::TransferIn,
                "3.00 USD 0.00 3506.00",
                "Transfer from sender",
                None,
                some("sender")
            ),
        ]
    );
}

#[test]
fn a_transaction_has_the_id_and_the_time_of_its_event() {
    let account = Account::checking("a");
    let [transaction] = all(&account).try_into().unwrap();
    assert_eq!(transaction.transaction_id, "a-t1".parse().unwrap());
    assert_eq!(transaction.account_id, account.id);
    assert_eq!(transaction.timestamp, account.commits[0].timestamp);
}

#[test]
fn the_reference_of_an_opening_is_in_its_description() {
    let mut account = Account::unopened("a");
    account.append(&Event::AccountCreated(AccountCreated {
        user_id: "user-1".parse().unwrap(),
        account_type: AccountType::Checking,
        initial_deposit: money("100.00 USD"),
        reference: Some(text("salary")),
    }));
    assert_eq!(all(&account)[0].description, "Initial deposit - salary");
}

#[test]
fn a_holder_has_no_transactions() {
    let commit = Account::checking("a").commits.remove(0);
    let holder = Commit { stream: StreamId::holder(&"user-1".parse().unwrap()), ..commit };
    assert_eq!(transactions(&holder).unwrap(), []);
}

#[test]
fn a_commit_that_cannot_be_read_is_an_error() {
    let commit = Account::checking("a").commits.remove(0);
    let unknown =
        Commit { events: commit.events.replace("AccountCreated", "AccountDreamt"), ..commit.clone() };
    assert!(matches!(transactions(&unknown), Err(MappingError::Codec(_))));
    let no_id = Commit { events: commit.events.replace("a-t1", "a t 1"), ..commit };
    assert!(matches!(transactions(&no_id), Err(MappingError::TransactionId { version: 1, .. })));
}
