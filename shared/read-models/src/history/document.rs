//! A transaction as a document of the index.
//!
//! Each sum is there twice: as the decimal text that people wrote, and as a whole number of minor units for ranges.
//! The 18 digits that money may have fit a `long` (19 digits), exactly; a `scaled_float` goes through a `double` on its
//! way and is exact to 15 digits only. `minor_digits` says what the minor unit is: 2 for cents, 0 for yen. What is added
//! up, amounts and fees, is there a third time, in the parts of [`Parts`].

use application::ports::{Transaction, TransactionType};
use domain::{
    AccountId, Decimal, Money, MoneyError, Timestamp, TransactionId, account::AccountType, parse_currency,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    transaction_id: TransactionId,
    account_id: AccountId,
    account_type: Option<AccountType>,
    #[serde(rename = "type", with = "StoredType")]
    transaction_type: TransactionType,
    currency: String,
    minor_digits: u32,
    amount: Decimal,
    amount_minor: i64,
    amount_parts: Parts,
    fee: Decimal,
    fee_minor: i64,
    fee_parts: Parts,
    balance_after: Decimal,
    balance_after_minor: i64,
    timestamp: Timestamp,
    description: String,
    reference: Option<String>,
    counterparty: Option<String>,
    version: u64,
}

/// A number of minor units, six digits at a time. The index adds up in doubles, which are exact below 2^53: a sum of
/// parts is, for any number of documents that one shard can have (2^31 times 10^6 is less than 2^51).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    pub(super) low: i64,
    pub(super) middle: i64,
    pub(super) high: i64,
}

/// What one of a part's units counts in the next lower part.
const PART: i64 = 1_000_000;

impl Parts {
    /// The parts of a number that is not negative.
    fn of(minor: i64) -> Self {
        let (above, low) = (minor.div_euclid(PART), minor.rem_euclid(PART));
        Self { low, middle: above.rem_euclid(PART), high: above.div_euclid(PART) }
    }

    /// The number again; of sums of parts, the sum of the numbers.
    #[cfg(feature = "servers")]
    pub(super) fn total(self) -> i128 {
        let [part, low, middle, high] = [PART, self.low, self.middle, self.high].map(i128::from);
        (high * part + middle) * part + low
    }
}

/// The types under the names that they are stored by.
#[derive(Serialize, Deserialize)]
#[serde(remote = "TransactionType", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum StoredType {
    Credit,
    Debit,
    TransferOut,
    TransferIn,
}

/// A type in a query, under the name that it is stored by.
#[cfg(feature = "servers")]
#[derive(Serialize)]
pub(super) struct TypeName(#[serde(with = "StoredType")] pub(super) TransactionType);

impl From<&Transaction> for Document {
    fn from(transaction: &Transaction) -> Self {
        let Transaction { amount, fee, balance_after, .. } = transaction;
        Self {
            transaction_id: transaction.transaction_id.clone(),
            account_id: transaction.account_id.clone(),
            account_type: transaction.account_type,
            transaction_type: transaction.transaction_type,
            currency: amount.currency().code().to_owned(),
            minor_digits: amount.amount().scale(),
            amount: amount.amount(),
            amount_minor: minor_units(*amount),
            amount_parts: Parts::of(minor_units(*amount)),
            fee: fee.amount(),
            fee_minor: minor_units(*fee),
            fee_parts: Parts::of(minor_units(*fee)),
            balance_after: balance_after.amount(),
            balance_after_minor: minor_units(*balance_after),
            timestamp: transaction.timestamp,
            description: transaction.description.clone(),
            reference: transaction.reference.clone(),
            counterparty: transaction.counterparty.clone(),
            version: transaction.version,
        }
    }
}

impl TryFrom<Document> for Transaction {
    type Error = MoneyError;

    fn try_from(document: Document) -> Result<Self, MoneyError> {
        let currency = parse_currency(&document.currency)?;
        let money = |amount| Money::new(amount, currency);
        Ok(Self {
            transaction_id: document.transaction_id,
            account_id: document.account_id,
            account_type: document.account_type,
            transaction_type: document.transaction_type,
            amount: money(document.amount)?,
            fee: money(document.fee)?,
            balance_after: money(document.balance_after)?,
            timestamp: document.timestamp,
            description: document.description,
            reference: document.reference,
            counterparty: document.counterparty,
            version: document.version,
        })
    }
}

/// Names a transaction's document. An account id may have a colon in it, the version has none: no two are the same.
pub(crate) fn document_id(transaction: &Transaction) -> String {
    format!("{}:{}", transaction.account_id, transaction.version)
}

/// Money always has all the minor digits of its currency, so its digits alone are the minor units, 18 at most.
fn minor_units(money: Money) -> i64 {
    i64::try_from(money.amount().mantissa()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_the_number_again_and_so_do_their_sums() {
        let numbers = [0, 1, 999_999, 1_000_000, 123_456_789_012_345_678, 999_999_999_999_999_999];
        for number in numbers {
            assert_eq!(Parts::of(number).total(), i128::from(number));
        }
        let parts = numbers.map(Parts::of);
        let sum = |part: fn(&Parts) -> i64| parts.iter().map(part).sum();
        let sums =
            Parts { low: sum(|one| one.low), middle: sum(|one| one.middle), high: sum(|one| one.high) };
        assert_eq!(sums.total(), numbers.map(i128::from).iter().sum());
    }
}
