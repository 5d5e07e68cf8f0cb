//! Exact, non-negative money that knows its currency.

use std::{fmt, str::FromStr};

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most digits an amount may have, before and after the point together (the API's limit).
pub const AMOUNT_DIGITS_MAX: u32 = 18;

/// The currency with this ISO 4217 code, given in capitals.
///
/// # Errors
/// [`MoneyError::UnknownCurrency`] for anything else, and for codes that are no money of account (`XAU`, `XXX`).
pub fn parse_currency(code: &str) -> Result<Currency, MoneyError> {
    Currency::from_code(code)
        .filter(|currency| currency.exponent().is_some())
        .ok_or_else(|| MoneyError::UnknownCurrency { given: code.to_owned() })
}

/// A sum of zero or more in one currency, always written with all of the currency's minor digits (`250.00 USD`).
///
/// Money is never negative: what would take it below zero gives `None`, so no balance can be overdrawn unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

/// Why a number is no [`Money`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum MoneyError {
    /// The number is below zero.
    #[error("an amount must not be negative")]
    Negative,
    /// The number has more digits after the point than the currency has minor digits.
    #[error("{currency} has {allowed} digits after the decimal point, not {given}")]
    TooManyMinorDigits {
        /// The currency's ISO 4217 code.
        currency: String,
        /// How many digits it has after the point.
        allowed: u32,
        /// How many were given, trailing zeros not counted.
        given: u32,
    },
    /// The number has more than [`AMOUNT_DIGITS_MAX`] digits.
    #[error("an amount has at most {AMOUNT_DIGITS_MAX} digits in all")]
    TooManyDigits,
    /// The text is no number, or no `<number> <currency>`.
    #[error("an amount is written like 250.00")]
    Malformed,
    /// The code is in no ISO 4217 list, or names no money of account.
    #[error("{given} is not an ISO 4217 currency code")]
    UnknownCurrency {
        /// The code as given.
        given: String,
    },
}

impl Money {
    /// This much of this currency.
    ///
    /// # Errors
    /// [`MoneyError`] if the number is negative or has more digits than the currency or the ledger allows.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative);
        }
        let minor_digits = minor_digits(currency)?;
        let mut amount = amount.normalize();
        if amount.scale() > minor_digits {
            let (currency, given) = (currency.code().to_owned(), amount.scale());
            return Err(MoneyError::TooManyMinorDigits { currency, allowed: minor_digits, given });
        }
        amount.rescale(minor_digits);
        // A rescale that cannot be had leaves fewer digits behind the point: the number was far too large.
        let digits_max = 10_u128.checked_pow(AMOUNT_DIGITS_MAX).ok_or(MoneyError::TooManyDigits)?;
        if amount.scale() != minor_digits || amount.mantissa().unsigned_abs() >= digits_max {
            return Err(MoneyError::TooManyDigits);
        }
        amount.set_sign_positive(true);
        Ok(Self { amount, currency })
    }

    /// Nothing, in this currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self::whole(0, currency)
    }

    /// This many whole units (dollars, not cents) of this currency.
    #[must_use]
    pub fn whole(units: u32, currency: Currency) -> Self {
        let mut amount = Decimal::from(units);
        amount.rescale(minor_digits(currency).unwrap_or_default());
        Self { amount, currency }
    }

    /// The number alone.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency alone.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether this is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// The sum; `None` for two currencies, or beyond [`AMOUNT_DIGITS_MAX`] digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.amount.checked_add(other.amount)?, self.currency).ok()
    }

    /// The difference; `None` for two currencies, or below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Self::new(self.amount.checked_sub(other.amount)?, self.currency).ok()
    }

    /// Whether this is more than so many whole units of its currency.
    #[must_use]
    pub fn exceeds(self, units: u32) -> bool {
        self.amount > Decimal::from(units)
    }
}

fn minor_digits(currency: Currency) -> Result<u32, MoneyError> {
    let unknown = || MoneyError::UnknownCurrency { given: currency.code().to_owned() };
    currency.exponent().map(u32::from).ok_or_else(unknown)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, code) = text.split_once(' ').ok_or(MoneyError::Malformed)?;
        let amount = Decimal::from_str_exact(amount).map_err(|_| MoneyError::Malformed)?;
        Self::new(amount, parse_currency(code)?)
    }
}

impl TryFrom<String> for Money {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}
