//! A filter in the index's own language. Nothing is scored: all of it only filters.

use application::ports::HistoryFilter;
use domain::{AccountId, Decimal, Timestamp, TransactionId};
use serde_json::{Value, json};

use super::document::TypeName;

/// How many minor digits a currency may have (ISO 4217).
const MINOR_DIGITS: std::ops::RangeInclusive<u32> = 0..=4;

/// The last whole second that a date in nanoseconds can tell; the first is the year 1970.
const LAST_SECOND: i64 = i64::MAX / 1_000_000_000;

/// The query of one transaction.
pub(super) fn one(account_id: &AccountId, transaction_id: &TransactionId) -> Value {
    json!({ "bool": { "filter": [term("account_id", account_id.as_str()), term("transaction_id", transaction_id.as_str())] } })
}

/// The query of a filter; `None` if it can match nothing that the index can hold.
pub(super) fn matching(filter: &HistoryFilter) -> Option<Value> {
    let mut clauses = vec![term("account_id", filter.account_id.as_str()), period(filter.from, filter.to)?];
    if !filter.types.is_empty() {
        let types: Vec<TypeName> = filter.types.iter().copied().map(TypeName).collect();
        clauses.push(json!({ "terms": { "type": types } }));
    }
    if filter.min_amount.is_some() || filter.max_amount.is_some() {
        clauses.push(amounts(filter.min_amount, filter.max_amount));
    }
    if let Some(counterparty) = &filter.counterparty {
        clauses.push(term("counterparty", counterparty));
    }
    if let Some(reference) = &filter.reference {
        clauses.push(term("reference.exact", reference));
    }
    if let Some(text) = &filter.text {
        // Across the fields: each word in one of them, no matter which.
        let fields = ["reference", "description"];
        clauses.push(json!({ "multi_match": { "query": text, "fields": fields, "type": "cross_fields", "operator": "and" } }));
    }
    Some(json!({ "bool": { "filter": clauses } }))
}

fn term(field: &str, value: &str) -> Value {
    json!({ "term": { field: value } })
}

/// Both ends included, as far as the index's dates go.
pub(super) fn period(from: Timestamp, to: Timestamp) -> Option<Value> {
    let epoch = Timestamp::from_micros(0).ok()?;
    let last = epoch.plus_seconds(LAST_SECOND);
    if to < epoch || from > last {
        return None;
    }
    let range = json!({ "gte": exact(from.max(epoch)), "lte": exact(to.min(last)) });
    Some(json!({ "range": { "timestamp": range } }))
}

/// With all nine digits after the second: those that are left out the index fills up, with nines at the upper end.
fn exact(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.trim_end_matches('Z');
    let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{second}.{fraction:0<9}Z")
}

/// Between two amounts, whatever the currency: a document says how many minor digits its amounts are counted in.
fn amounts(min: Option<Decimal>, max: Option<Decimal>) -> Value {
    let clause = |digits| {
        let mut range = json!({});
        if let Some(min) = min {
            range["gte"] = json!(minor_units(min, digits, Decimal::ceil));
        }
        if let Some(max) = max {
            range["lte"] = json!(minor_units(max, digits, Decimal::floor));
        }
        json!({ "bool": { "filter": [{ "term": { "minor_digits": digits } }, { "range": { "amount_minor": range } }] } })
    };
    let clauses: Vec<Value> = MINOR_DIGITS.map(clause).collect();
    json!({ "bool": { "should": clauses, "minimum_should_match": 1 } })
}

/// A number beyond all amounts there can be becomes the end of the scale.
fn minor_units(amount: Decimal, digits: u32, round: fn(&Decimal) -> Decimal) -> i64 {
    let beyond = if amount.is_sign_negative() { i64::MIN } else { i64::MAX };
    let units = amount.checked_mul(Decimal::from(10_u64.pow(digits))).map(|units| round(&units));
    units.and_then(|units| i64::try_from(units).ok()).unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_all_its_digits() {
        for (time, written) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000000Z"),
            ("2026-01-01T00:00:00.25Z", "2026-01-01T00:00:00.250000000Z"),
            ("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000001000Z"),
        ] {
            assert_eq!(exact(time.parse().unwrap()), written);
        }
    }

    #[test]
    fn an_amount_between_two_minor_units_counts_from_the_next_one() {
        let units = |text: &str, digits, round| minor_units(text.parse().unwrap(), digits, round);
        assert_eq!(units("30.051", 2, Decimal::ceil), 3_006);
        assert_eq!(units("30.051", 2, Decimal::floor), 3_005);
        assert_eq!(units("999999999999999999", 0, Decimal::floor), 999_999_999_999_999_999);
        assert_eq!(units("999999999999999999", 4, Decimal::floor), i64::MAX);
        assert_eq!(units("-79228162514264337593543950335", 4, Decimal::ceil), i64::MIN);
    }

    #[test]
    fn no_currency_has_other_minor_digits() {
        let codes = ('A'..='Z')
            .flat_map(|a| ('A'..='Z').flat_map(move |b| ('A'..='Z').map(move |c| format!("{a}{b}{c}"))));
        let currencies: Vec<_> = codes.filter_map(|code| domain::parse_currency(&code).ok()).collect();
        assert!(currencies.len() > 100);
        for currency in currencies {
            let digits = domain::Money::zero(currency).amount().scale();
            assert!(MINOR_DIGITS.contains(&digits), "{currency:?} has {digits}");
        }
    }
}
