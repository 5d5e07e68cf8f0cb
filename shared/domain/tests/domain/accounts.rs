//! Rules of one account.

use domain::{
    Currency, Money, MoneyError,
    account::{AccountType, BrokenHistory, Command, Event, Open, Rejection, Status, evolve, open},
};
use rstest::rstest;

use crate::given::{
    account, at, closed, decimal, deposit, frozen, given, given_of, status_changed, text, usd, withdraw,
};

fn open_with(initial_deposit: Money) -> Result<Event, Rejection> {
    let account_type = AccountType::Checking;
    open(Open { user_id: "alice".parse().unwrap(), account_type, initial_deposit, reference: None })
}

#[test]
fn an_account_opens_with_a_hundred_and_not_with_a_cent_less() {
    assert!(open_with(usd("100.00")).is_ok());
    let minimum = Rejection::MinimumDepositNotMet { minimum: usd("100"), offered: usd("99.99") };
    assert_eq!(open_with(usd("99.99")), Err(minimum));
    let yen = |amount| Money::new(decimal(amount), Currency::JPY).unwrap();
    assert!(open_with(yen("100")).is_ok());
    assert!(open_with(yen("99")).is_err());
}

#[rstest]
#[case::free_up_to_a_thousand(AccountType::Savings, "1000.00", "0")]
#[case::five_above_it(AccountType::Savings, "1000.01", "5.00")]
#[case::checking_is_free(AccountType::Checking, "1000.01", "0")]
#[case::business_is_free(AccountType::Business, "1000.01", "0")]
#[case::investment_is_free(AccountType::Investment, "1000.01", "0")]
fn a_large_withdrawal_from_savings_costs_five(
    #[case] kind: AccountType,
    #[case] amount: &str,
    #[case] fee: &str,
) {
    given_of(kind, usd("2000"), []).when(withdraw(amount)).then_fee(fee);
}

#[test]
fn the_balance_covers_amount_and_fee_to_the_cent() {
    let savings = |deposit| given_of(AccountType::Savings, usd(deposit), []);
    savings("1005.01").when(withdraw("1000.01")).then_balance("0");
    let insufficient = Rejection::InsufficientFunds { available: usd("1005.00"), required: usd("1005.01") };
    savings("1005.00").when(withdraw("1000.01")).then_rejected(&insufficient);
    given("100", []).when(withdraw("100")).then_balance("0");
    given("100", []).when(deposit("0.01")).then_balance("100.01");
}

#[test]
fn an_amount_is_above_zero_and_has_the_currencys_digits() {
    for amount in ["0", "0.00"] {
        given("100", []).when(deposit(amount)).then_rejected(&Rejection::AmountNotPositive);
        given("100", []).when(withdraw(amount)).then_rejected(&Rejection::AmountNotPositive);
    }
    given("100", []).when(deposit("-1")).then_rejected(&MoneyError::Negative.into());
    let error = MoneyError::TooManyMinorDigits { currency: "USD".to_owned(), allowed: 2, given: 3 };
    given("100", []).when(deposit("0.001")).then_rejected(&error.into());
}

#[test]
fn a_balance_has_at_most_eighteen_digits() {
    let full = given("9999999999999999.98", []);
    full.when(deposit("0.01")).then_balance("9999999999999999.99");
    let balance = usd("9999999999999999.98");
    full.when(deposit("0.02")).then_rejected(&Rejection::BalanceLimitExceeded { balance });
}

#[rstest]
#[case::frozen(frozen(), Status::Frozen)]
#[case::closed(closed(), Status::Closed)]
fn on_an_inactive_account_no_money_moves_and_nothing_is_frozen_or_closed(
    #[case] event: Event,
    #[case] status: Status,
) {
    let reason = text("why");
    let commands =
        [deposit("1"), withdraw("1"), Command::Freeze { reason: reason.clone() }, Command::Close { reason }];
    for command in commands {
        given("100", [event.clone()]).when(command).then_rejected(&Rejection::AccountInactive { status });
    }
}

#[test]
fn only_a_frozen_account_is_unfrozen() {
    let unfreeze = || Command::Unfreeze { reason: text("why") };
    given("100", [frozen()]).when(unfreeze()).then(&Event::AccountUnfrozen(status_changed()));
    for (events, status) in [(vec![], Status::Active), (vec![closed()], Status::Closed)] {
        given("100", events).when(unfreeze()).then_rejected(&Rejection::AccountNotFrozen { status });
    }
    let again = given("100", [frozen(), Event::AccountUnfrozen(status_changed())]);
    again.when(deposit("1")).then_balance("101");
}

#[test]
fn only_an_empty_account_is_closed() {
    let close = || Command::Close { reason: text("why") };
    given("0.01", []).when(close()).then_rejected(&Rejection::BalanceNotZero { balance: usd("0.01") });
    given("0", []).when(close()).then(&closed());
}

#[test]
fn account_types_come_in_any_case_and_there_are_four() {
    for (name, kind) in [
        ("CHECKING", AccountType::Checking),
        ("savings", AccountType::Savings),
        ("Business", AccountType::Business),
        ("iNVESTMENT", AccountType::Investment),
    ] {
        assert_eq!(name.parse(), Ok(kind));
    }
    for name in ["", "CHECKING ", "CREDIT"] {
        assert_eq!(
            name.parse::<AccountType>(),
            Err(Rejection::InvalidAccountType { given: name.to_owned() })
        );
    }
}

#[test]
fn a_history_that_no_account_can_have_lived_is_refused() {
    let frozen_first = evolve(None, &frozen(), at(1));
    assert_eq!(frozen_first, Err(BrokenHistory::NotOpened));
    let opened = account(AccountType::Checking, usd("100"), []);
    let again = open_with(usd("100")).unwrap();
    assert_eq!(evolve(Some(opened), &again, at(2)), Err(BrokenHistory::OpenedTwice));
}

#[test]
fn only_movements_of_money_are_transactions() {
    let opened = account(AccountType::Checking, usd("100"), []);
    let frozen = evolve(Some(opened.clone()), &frozen(), at(9)).unwrap();
    assert_eq!(frozen.last_transaction_at, opened.last_transaction_at);
    assert_eq!(frozen.opened_at, at(1));
}
