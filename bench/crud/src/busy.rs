//! An account with many transactions, as a shop has, beside some customers who get some of its money.

use domain::{Money, Text};

use crate::source::{Kind, Row, Source};

/// What a busy account's name begins with.
pub const NAME: &str = "busy";

/// Accounts of customers beside it, by how many transactions they have in all.
const CUSTOMERS_TRANSACTIONS: usize = 1_000;

/// What the account begins with, so that its payments are covered.
const FIRST_DEPOSIT_UNITS: u32 = 10_000_000;

/// The rows of an account with so many transactions over the source's whole time, with the source's amounts and
/// words: of ten, six bring money in, three take it out, and one pays a customer.
pub fn account(source: &Source, length: usize) -> Vec<Row> {
    let mut rows = source.some(CUSTOMERS_TRANSACTIONS);
    let (Some(first), Some(last)) = (source.rows.first(), source.rows.last()) else { return rows };
    let span = last.booked_at.as_micros() - first.booked_at.as_micros();
    let step = span / i64::try_from(length).unwrap_or(i64::MAX).max(1);
    let moving: Vec<&Row> = source.rows.iter().filter(|row| row.kind != Kind::Open).collect();
    let customer = Text::try_from("customer".to_owned()).ok();
    let mut at = first.booked_at;
    for (number, like) in moving.into_iter().cycle().take(length).enumerate() {
        let kind = match (number, number % 10) {
            (0, _) => Kind::Open,
            (_, 0..=6) => Kind::Credit,
            _ => Kind::Debit,
        };
        rows.push(Row {
            account: format!("{NAME}-{length}"),
            user: format!("owner-{length}"),
            id: format!("{length}-{number}"),
            kind,
            amount: match kind {
                Kind::Open => Money::whole(FIRST_DEPOSIT_UNITS, like.amount.currency()),
                _ => like.amount,
            },
            booked_at: at,
            reference: like.reference.clone(),
            counterparty: customer.clone().filter(|_| number % 10 == 9),
        });
        at = domain::Timestamp::from_micros(at.as_micros() + step).unwrap_or(at);
    }
    rows.sort_by_key(|row| row.booked_at);
    rows
}
