//! An amount of money: the text that a client sends, the decision over it, and the text that is stored.
//!
//! What is accepted is told beforehand by a reading of the text that knows no decimals; the two have to agree in each
//! currency: in what they accept, in what is stored for it, and in the balance.

#![no_main]

use std::sync::LazyLock;

use application::Commit;
use domain::Money;
use fuzz::{Answer, Bank, JSON};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// Currencies with none, two, three and four minor digits (ISO 4217).
const CURRENCIES: [(&str, u32); 4] = [("JPY", 0), ("USD", 2), ("BHD", 3), ("CLF", 4)];

/// The most digits of an amount.
const DIGITS_MAX: u32 = 18;

/// What an account begins with, in whole units.
const INITIAL_DEPOSIT_UNITS: u128 = 100;

/// An account in each currency, by its code.
static ACCOUNTS: LazyLock<Vec<Commit>> = LazyLock::new(|| {
    let bank = Bank::with(&[]);
    for (code, _) in CURRENCIES {
        let units = INITIAL_DEPOSIT_UNITS.to_string();
        let body = json!({ "account_id": code, "account_type": "CHECKING", "currency": code, "initial_deposit": units });
        assert_eq!(bank.post("/v1/accounts", code, JSON, body.to_string().as_bytes()).status, 201);
    }
    bank.commits()
});

fuzz_target!(|input: &[u8]| {
    let Some((first, text)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (code, minor_digits) = CURRENCIES[usize::from(*first) % CURRENCIES.len()];
    let expected = minor_units(text, minor_digits);
    deposit(text, code, minor_digits, expected);
    read(text, code, minor_digits, expected);
});

/// What the API makes of it.
fn deposit(text: &str, code: &str, minor_digits: u32, expected: Option<u128>) {
    let bank = Bank::with(&ACCOUNTS);
    let path = format!("/v1/accounts/{code}/deposits");
    let Answer { status, body, .. } =
        bank.post(&path, "k", JSON, json!({ "amount": text }).to_string().as_bytes());
    let one = 10_u128.pow(minor_digits);
    let balance = expected.map(|units| units + INITIAL_DEPOSIT_UNITS * one);
    let fits = |balance: &u128| *balance < 10_u128.pow(DIGITS_MAX);
    let Some((units, balance)) = expected.filter(|units| *units > 0).zip(balance.filter(fits)) else {
        assert!(matches!(status, 400 | 422), "{text:?} became {body}");
        assert_eq!(bank.commits(), *ACCOUNTS, "a refusal has no effect");
        return;
    };
    assert_eq!(status, 201, "{text:?} became {body}");
    assert_eq!(body["balance"], written(balance, minor_digits));
    let commits = bank.commits();
    assert_eq!(commits.len(), ACCOUNTS.len() + 1);
    let commit = commits.iter().find(|commit| !ACCOUNTS.contains(commit)).expect("a new commit");
    let [event]: [Value; 1] = serde_json::from_str(&commit.events).expect("one event");
    let stored = |units| format!("{} {code}", written(units, minor_digits));
    assert_eq!(event["data"]["amount"], stored(units));
    assert_eq!(event["data"]["balance_after"], stored(balance));
    bank.assert_intact();
}

/// What the domain makes of it in a stored text: as much as of a client's, and perhaps of other ways to write it.
fn read(text: &str, code: &str, minor_digits: u32, expected: Option<u128>) {
    let money = format!("{text} {code}").parse::<Money>();
    if let Some(units) = expected {
        let written = format!("{} {code}", written(units, minor_digits));
        assert_eq!(money.as_ref().map(Money::to_string), Ok(written));
    }
    let Ok(money) = money else { return };
    assert_eq!(money.to_string().parse(), Ok(money), "what is written reads back as the same");
    let amount = money.amount().to_string();
    let units = minor_units(&amount, minor_digits).expect("what is written is plain");
    assert_eq!(amount, written(units, minor_digits));
    assert_eq!(money.checked_sub(money), Some(Money::zero(money.currency())));
    let twice = money.checked_add(money).map(|sum| sum.amount().to_string());
    let fits = units * 2 < 10_u128.pow(DIGITS_MAX);
    assert_eq!(twice, fits.then(|| written(units * 2, minor_digits)));
}

/// How many of its currency's smallest units a plain text names, if they have no more digits than they may.
fn minor_units(text: &str, minor_digits: u32) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let digits_max = usize::try_from(DIGITS_MAX).ok()?;
    if !are_digits(whole) || !are_digits(fraction) || text.replace('.', "").len() > digits_max {
        return None;
    }
    let (fraction, minor_digits) = (fraction.trim_end_matches('0'), usize::try_from(minor_digits).ok()?);
    if fraction.len() > minor_digits {
        return None;
    }
    let units: u128 = format!("{whole}{fraction:0<minor_digits$}").parse().ok()?;
    (units < 10_u128.pow(DIGITS_MAX)).then_some(units)
}

/// So many smallest units with all of the currency's minor digits.
fn written(units: u128, minor_digits: u32) -> String {
    let one = 10_u128.pow(minor_digits);
    let width = usize::try_from(minor_digits).unwrap_or_default();
    match width {
        0 => units.to_string(),
        _ => format!("{}.{:0width$}", units / one, units % one),
    }
}
