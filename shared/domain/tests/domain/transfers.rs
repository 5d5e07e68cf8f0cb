//! Rules of the transfer between two accounts.

use domain::{
    Currency, Money,
    account::{Account, AccountType, Event, Rejection, Transfer, transfer},
};
use rstest::rstest;

use crate::given::{account, closed, decimal, frozen, id, transfer_of, usd};

fn holding(deposit: &str) -> Account {
    account(AccountType::Checking, usd(deposit), [])
}

fn fee_of(events: &(Event, Event)) -> Money {
    match &events.0 {
        Event::MoneyTransferred(sent) => sent.fee,
        other => panic!("nothing was sent: {other:?}"),
    }
}

#[rstest]
#[case::two_up_to_ten_thousand("10000.00", "2.00")]
#[case::ten_above_it("10000.01", "10.00")]
fn a_large_transfer_costs_ten(#[case] amount: &str, #[case] fee: &str) {
    let events = transfer(&holding("20000"), &holding("100"), transfer_of(amount)).unwrap();
    assert_eq!(fee_of(&events), usd(fee));
}

#[test]
fn both_legs_tell_the_same_transfer_from_their_own_side() {
    let (sent, received) = transfer(&holding("500"), &holding("100"), transfer_of("98")).unwrap();
    let (Event::MoneyTransferred(sent), Event::MoneyReceived(received)) = (sent, received) else {
        panic!("a transfer has two legs");
    };
    assert_eq!((sent.balance_after, received.balance_after), (usd("400"), usd("198")));
    assert_eq!((sent.transfer_id, sent.amount), (received.transfer_id, received.amount));
    assert_eq!((sent.to_account_id, received.from_account_id), (id("to"), id("from")));
    assert_eq!(sent.reference, received.reference);
}

#[test]
fn the_sender_covers_amount_and_fee_to_the_cent() {
    assert!(transfer(&holding("102.00"), &holding("100"), transfer_of("100")).is_ok());
    let result = transfer(&holding("101.99"), &holding("100"), transfer_of("100"));
    let insufficient = Rejection::InsufficientFunds { available: usd("101.99"), required: usd("102") };
    assert_eq!(result, Err(insufficient));
}

#[test]
fn nothing_goes_from_an_account_to_itself() {
    let order = Transfer { to_account_id: id("from"), ..transfer_of("1") };
    assert_eq!(transfer(&holding("100"), &holding("100"), order), Err(Rejection::SameAccountTransfer));
}

#[test]
fn nothing_moves_out_of_or_into_an_inactive_account() {
    for event in [frozen(), closed()] {
        let inactive = account(AccountType::Checking, usd("500"), [event]);
        let out = transfer(&inactive, &holding("100"), transfer_of("1"));
        assert_eq!(out, Err(Rejection::AccountInactive { status: inactive.status }));
        let into = transfer(&holding("500"), &inactive, transfer_of("1"));
        assert_eq!(into, Err(Rejection::ReceiverInactive));
    }
}

#[test]
fn a_transfer_has_one_currency() {
    let yen = account(AccountType::Checking, Money::new(decimal("100"), Currency::JPY).unwrap(), []);
    let mismatch = Rejection::CurrencyMismatch { expected: "JPY".to_owned(), given: "USD".to_owned() };
    assert_eq!(transfer(&holding("500"), &yen, transfer_of("1")), Err(mismatch));
}

#[test]
fn what_the_receiver_cannot_hold_tells_the_sender_no_balance() {
    let full = holding("9999999999999999.99");
    let result = transfer(&holding("500"), &full, transfer_of("0.01"));
    assert_eq!(result, Err(Rejection::ReceiverLimitExceeded));
    assert!(!Rejection::ReceiverLimitExceeded.to_string().contains("9999"));
}
