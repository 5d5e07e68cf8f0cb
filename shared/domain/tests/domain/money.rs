//! Exact money.

use domain::{Currency, Decimal, Money, MoneyError, parse_currency};
use rstest::rstest;

use crate::given::{decimal, usd};

#[rstest]
#[case::dollars(Currency::USD, "0.01", "0.001", 2)]
#[case::yen(Currency::JPY, "1", "0.1", 0)]
#[case::dinars(Currency::KWD, "0.001", "0.0001", 3)]
fn money_has_its_currencys_digits(
    #[case] currency: Currency,
    #[case] fits: &str,
    #[case] too_fine: &str,
    #[case] allowed: u32,
) {
    assert!(Money::new(decimal(fits), currency).is_ok());
    let result = Money::new(decimal(too_fine), currency);
    let given = allowed + 1;
    assert_eq!(
        result,
        Err(MoneyError::TooManyMinorDigits { currency: currency.code().to_owned(), allowed, given })
    );
}

#[test]
fn trailing_zeros_are_no_digits() {
    assert_eq!(usd("1.5000").to_string(), "1.50 USD");
    assert_eq!(Money::new(decimal("7.000"), Currency::JPY).unwrap().to_string(), "7 JPY");
}

#[test]
fn money_has_at_most_eighteen_digits() {
    assert!(Money::new(decimal("9999999999999999.99"), Currency::USD).is_ok());
    assert!(Money::new(decimal("999999999999999999"), Currency::JPY).is_ok());
    for (amount, currency) in [
        ("10000000000000000.00", Currency::USD),
        ("1000000000000000000", Currency::JPY),
        ("79228162514264337593543950335", Currency::USD),
    ] {
        assert_eq!(Money::new(decimal(amount), currency), Err(MoneyError::TooManyDigits), "{amount}");
    }
}

#[test]
fn money_is_never_negative_and_zero_has_no_sign() {
    assert_eq!(Money::new(decimal("-0.01"), Currency::USD), Err(MoneyError::Negative));
    assert_eq!(usd("1").checked_sub(usd("1.01")), None);
    let mut minus_zero = Decimal::ZERO;
    minus_zero.set_sign_negative(true);
    assert_eq!(Money::new(minus_zero, Currency::USD).unwrap().to_string(), "0.00 USD");
}

#[test]
fn two_currencies_do_not_add_up() {
    let euro = Money::whole(1, Currency::EUR);
    assert_eq!(usd("1").checked_add(euro), None);
    assert_eq!(usd("1").checked_sub(euro), None);
}

#[test]
fn only_money_of_account_is_a_currency() {
    for code in ["USD", "CZK", "JPY", "KWD"] {
        assert_eq!(parse_currency(code).unwrap().code(), code);
    }
    for code in ["usd", "XXX", "XAU", "US", "", "DOLLAR"] {
        assert_eq!(parse_currency(code), Err(MoneyError::UnknownCurrency { given: code.to_owned() }));
    }
}

#[test]
fn what_is_no_money_is_not_read_as_money() {
    for text in ["", "1", "USD", "1 usd", "1.001 USD", "-1 USD", "1e2 USD", "1  USD", "1.00USD"] {
        assert!(text.parse::<Money>().is_err(), "{text:?}");
    }
}
