//! Groups of documents with their sums, as the index answers them, and what they come to.

use application::ports::{DailyVolume, Fees, StoreError, TopAccount, Totals, TransactionType};
use domain::{Currency, Decimal, Money, Timestamp, account::AccountType, parse_currency};
use serde::Deserialize;
use serde_json::Value;

use super::document::{Parts, StoredType};

/// A group of documents, and its sums.
#[derive(Deserialize)]
pub(super) struct Group {
    pub(super) key: Key,
    pub(super) doc_count: u64,
    #[serde(flatten)]
    sums: Sums,
}

/// What the documents of a group have in common.
#[derive(Deserialize)]
pub(super) struct Key {
    /// Milliseconds since 1970.
    #[serde(default)]
    day: i64,
    pub(super) currency: String,
    #[serde(rename = "type", default)]
    transaction_type: Option<Type>,
    #[serde(default)]
    pub(super) account_type: Option<AccountType>,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Type(#[serde(with = "StoredType")] TransactionType);

/// The sums of the parts; in an answer each is a double that is a whole number.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sums {
    amount_low: Sum,
    amount_middle: Sum,
    amount_high: Sum,
    fee_low: Sum,
    fee_middle: Sum,
    fee_high: Sum,
}

#[derive(Default, Deserialize)]
pub(super) struct Sum {
    value: Value,
}

/// The account with its sums, in a list by currency.
#[derive(Deserialize)]
pub(super) struct AccountGroup {
    pub(super) key: String,
    pub(super) doc_count: u64,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Deserialize)]
pub(super) struct CurrencyGroup {
    pub(super) key: String,
    pub(super) accounts: Buckets<AccountGroup>,
}

#[derive(Deserialize)]
pub(super) struct Buckets<T> {
    pub(super) buckets: Vec<T>,
}

impl Group {
    pub(super) fn daily_volume(&self) -> Result<DailyVolume, StoreError> {
        let day = self.key.day.checked_mul(1_000).and_then(|micros| Timestamp::from_micros(micros).ok());
        Ok(DailyVolume {
            day: day.ok_or_else(|| unreadable("a group's day"))?,
            transaction_type: self.transaction_type()?,
            account_type: self.key.account_type,
            totals: self.sums.totals(self.doc_count, currency(&self.key.currency)?)?,
        })
    }

    pub(super) fn fees(&self) -> Result<Fees, StoreError> {
        Ok(Fees {
            transaction_type: self.transaction_type()?,
            account_type: self.key.account_type,
            totals: self.sums.totals(self.doc_count, currency(&self.key.currency)?)?,
        })
    }

    fn transaction_type(&self) -> Result<TransactionType, StoreError> {
        let Type(kind) = self.key.transaction_type.ok_or_else(|| unreadable("a group's type"))?;
        Ok(kind)
    }
}

impl AccountGroup {
    pub(super) fn top_account(&self, currency: Currency) -> Result<TopAccount, StoreError> {
        let account_id = self.key.parse().map_err(|_| unreadable("an account's id"))?;
        Ok(TopAccount { account_id, totals: self.sums.totals(self.doc_count, currency)? })
    }
}

impl Sums {
    fn totals(&self, transactions: u64, currency: Currency) -> Result<Totals, StoreError> {
        let minor_digits = Money::zero(currency).amount().scale();
        let sum = |low: &Sum, middle: &Sum, high: &Sum| {
            let parts = Parts { low: low.whole()?, middle: middle.whole()?, high: high.whole()? };
            let sum = Decimal::try_from_i128_with_scale(parts.total(), minor_digits);
            sum.map_err(|error| StoreError::Unreadable(error.into()))
        };
        Ok(Totals {
            transactions,
            currency,
            amount: sum(&self.amount_low, &self.amount_middle, &self.amount_high)?,
            fee: sum(&self.fee_low, &self.fee_middle, &self.fee_high)?,
        })
    }
}

impl Sum {
    /// The whole number, which is written as `12.0`, or with an exponent if it is large.
    fn whole(&self) -> Result<i64, StoreError> {
        let text = self.value.to_string();
        let number = Decimal::from_scientific(&text).or_else(|_| text.parse());
        let number = number.map_err(|_| unreadable("a sum"))?.normalize();
        if number.scale() > 0 {
            return Err(unreadable("a sum"));
        }
        i64::try_from(number.mantissa()).map_err(|_| unreadable("a sum"))
    }
}

pub(super) fn currency(code: &str) -> Result<Currency, StoreError> {
    parse_currency(code).map_err(|error| StoreError::Unreadable(error.into()))
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable(format!("{what} is none").into())
}
