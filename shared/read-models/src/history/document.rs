//! A transaction as a document of the index.
//!
//! Each sum is there twice: as the decimal text that people wrote, and as a whole number of minor units for ranges and
//! sums. The 18 digits that money may have fit a `long` (19 digits), exactly; a `scaled_float` goes through a `double` on
//! its way and is exact to 15 digits only. `minor_digits` says what the minor unit is: 2 for cents, 0 for yen.

use application::ports::{Transaction, TransactionType};
use domain::{AccountId, Decimal, Money, MoneyError, Timestamp, TransactionId, parse_currency};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    transaction_id: TransactionId,
    account_id: AccountId,
    #[serde(rename = "type", with = "StoredType")]
    transaction_type: TransactionType,
    currency: String,
    minor_digits: u32,
    amount: Decimal,
    amount_minor: i64,
    fee: Decimal,
    fee_minor: i64,
    balance_after: Decimal,
    balance_after_minor: i64,
    timestamp: Timestamp,
    description: String,
    reference: Option<String>,
    counterparty: Option<String>,
    version: u64,
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
            transaction_type: transaction.transaction_type,
            currency: amount.currency().code().to_owned(),
            minor_digits: amount.amount().scale(),
            amount: amount.amount(),
            amount_minor: minor_units(*amount),
            fee: fee.amount(),
            fee_minor: minor_units(*fee),
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
