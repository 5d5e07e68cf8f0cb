//! Sums over all transactions, by the index's aggregations, and exact: what is added up are parts of numbers
//! ([`Parts`]), currency by currency. Groups are read page by page, so none is left out and none is estimated.

use application::ports::{
    ActiveAccounts, Analytics, AnalyticsError, By, DailyVolume, Fees, Period, StoreError, TopAccount, Totals,
    TransactionType,
};
use domain::{Currency, Decimal, Money, Timestamp, account::AccountType, parse_currency};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    OpenSearchHistory,
    document::{Parts, StoredType},
    query,
};

/// How many groups are read at a time (`search.max_buckets` is 65,535).
const GROUPS: usize = 5_000;

/// The most groups that an answer is made of: an account that is counted is one.
const GROUPS_MAX: usize = 500_000;

/// How many more accounts are read than are asked for: the index sorts by doubles, which may not tell near ones apart.
const SPARE: usize = 20;

/// More currencies than there are.
const CURRENCIES: usize = 400;

const GROUPED: &str = "grouped";

/// A group of documents, and its sums.
#[derive(Deserialize)]
struct Group {
    key: Key,
    doc_count: u64,
    #[serde(flatten)]
    sums: Sums,
}

/// What the documents of a group have in common.
#[derive(Deserialize)]
struct Key {
    /// Milliseconds since 1970.
    #[serde(default)]
    day: i64,
    currency: String,
    #[serde(rename = "type", default)]
    transaction_type: Option<Type>,
    #[serde(default)]
    account_type: Option<AccountType>,
}

#[derive(Clone, Copy, Deserialize)]
struct Type(#[serde(with = "StoredType")] TransactionType);

/// The sums of the parts; in an answer each is a double that is a whole number.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sums {
    amount_low: Sum,
    amount_middle: Sum,
    amount_high: Sum,
    fee_low: Sum,
    fee_middle: Sum,
    fee_high: Sum,
}

#[derive(Default, Deserialize)]
struct Sum {
    value: Value,
}

/// The account with its sums, in a list by currency.
#[derive(Deserialize)]
struct AccountGroup {
    key: String,
    doc_count: u64,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Deserialize)]
struct CurrencyGroup {
    key: String,
    accounts: Buckets<AccountGroup>,
}

#[derive(Deserialize)]
struct Buckets<T> {
    buckets: Vec<T>,
}

impl Analytics for OpenSearchHistory {
    async fn daily_volumes(&self, period: Period) -> Result<Vec<DailyVolume>, AnalyticsError> {
        let sources = json!([
            { "day": { "date_histogram": { "field": "timestamp", "calendar_interval": "day" } } },
            { "type": { "terms": { "field": "type" } } },
            { "account_type": { "terms": { "field": "account_type", "missing_bucket": true } } },
            { "currency": { "terms": { "field": "currency" } } },
        ]);
        let groups = self.groups(period, None, sources, summing()).await?;
        groups.iter().map(Group::daily_volume).collect::<Result<_, _>>().map_err(AnalyticsError::from)
    }

    async fn top_accounts(
        &self,
        period: Period,
        by: By,
        limit: usize,
    ) -> Result<Vec<TopAccount>, AnalyticsError> {
        let Some(query) = matching(period, None) else { return Ok(Vec::new()) };
        let mut aggregations = summing();
        aggregations["volume"] = json!({ "sum": { "field": "amount_minor" } });
        let order = match by {
            By::Volume => json!([{ "volume": "desc" }, { "_key": "asc" }]),
            By::Count => json!([{ "_count": "desc" }, { "_key": "asc" }]),
        };
        let size = limit.saturating_add(SPARE);
        let accounts =
            json!({ "terms": { "field": "account_id", "size": size, "order": order }, "aggs": aggregations });
        let currencies = json!({ "field": "currency", "size": CURRENCIES, "order": { "_key": "asc" } });
        let aggregation = json!({ "terms": currencies, "aggs": { "accounts": accounts } });
        let Some(answer) = self.aggregate(query, aggregation).await? else { return Ok(Vec::new()) };
        let currencies: Buckets<CurrencyGroup> = read(answer)?;
        let mut top = Vec::new();
        for CurrencyGroup { key, accounts } in currencies.buckets {
            let currency = currency(&key)?;
            let accounts = accounts.buckets.iter().map(|account| account.top_account(currency));
            let mut accounts = accounts.collect::<Result<Vec<TopAccount>, _>>()?;
            accounts.sort_by(|a, b| {
                let (first, second) = (&b.totals, &a.totals);
                let order = match by {
                    By::Volume => first.amount.cmp(&second.amount),
                    By::Count => first.transactions.cmp(&second.transactions),
                };
                order.then_with(|| a.account_id.cmp(&b.account_id))
            });
            accounts.truncate(limit);
            top.extend(accounts);
        }
        Ok(top)
    }

    async fn fees(&self, period: Period) -> Result<Vec<Fees>, AnalyticsError> {
        let sources = json!([
            { "currency": { "terms": { "field": "currency" } } },
            { "type": { "terms": { "field": "type" } } },
            { "account_type": { "terms": { "field": "account_type", "missing_bucket": true } } },
        ]);
        let with_fee = json!({ "range": { "fee_minor": { "gt": 0 } } });
        let groups = self.groups(period, Some(with_fee), sources, summing()).await?;
        groups.iter().map(Group::fees).collect::<Result<_, _>>().map_err(AnalyticsError::from)
    }

    async fn active_accounts(&self, period: Period) -> Result<Vec<ActiveAccounts>, AnalyticsError> {
        let sources = json!([
            { "currency": { "terms": { "field": "currency" } } },
            { "account_type": { "terms": { "field": "account_type", "missing_bucket": true } } },
            { "account_id": { "terms": { "field": "account_id" } } },
        ]);
        let mut active: Vec<ActiveAccounts> = Vec::new();
        // Groups come in order: those of one kind and currency follow each other.
        for Group { key, .. } in self.groups(period, None, sources, json!({})).await? {
            let (account_type, currency) = (key.account_type, currency(&key.currency)?);
            match active.last_mut() {
                Some(last) if (last.account_type, last.currency) == (account_type, currency) => {
                    last.accounts += 1;
                }
                _ => active.push(ActiveAccounts { account_type, currency, accounts: 1 }),
            }
        }
        Ok(active)
    }
}

impl OpenSearchHistory {
    /// All groups of the documents of a period, in the order of their sources.
    async fn groups(
        &self,
        period: Period,
        clause: Option<Value>,
        sources: Value,
        aggregations: Value,
    ) -> Result<Vec<Group>, AnalyticsError> {
        let Some(query) = matching(period, clause) else { return Ok(Vec::new()) };
        let (mut groups, mut after) = (Vec::new(), None::<Value>);
        while groups.len() < GROUPS_MAX {
            let mut composite = json!({ "size": GROUPS, "sources": sources });
            if let Some(after) = after {
                composite["after"] = after;
            }
            let aggregation = json!({ "composite": composite, "aggs": aggregations });
            let Some(mut answer) = self.aggregate(query.clone(), aggregation).await? else { break };
            after = Some(answer["after_key"].take()).filter(|key| !key.is_null());
            let page: Buckets<Group> = read(answer)?;
            groups.extend(page.buckets);
            if after.is_none() {
                return Ok(groups);
            }
        }
        if groups.is_empty() { Ok(groups) } else { Err(AnalyticsError::TooMuch { limit: GROUPS_MAX }) }
    }

    /// What an aggregation comes to; `None` if nothing was ever written.
    async fn aggregate(&self, query: Value, aggregation: Value) -> Result<Option<Value>, StoreError> {
        let body = json!({ "query": query, "size": 0, "aggs": { GROUPED: aggregation } });
        let answer = self.look(body).await?;
        Ok(answer.map(|mut answer| answer["aggregations"][GROUPED].take()))
    }
}

impl Group {
    fn daily_volume(&self) -> Result<DailyVolume, StoreError> {
        let day = self.key.day.checked_mul(1_000).and_then(|micros| Timestamp::from_micros(micros).ok());
        Ok(DailyVolume {
            day: day.ok_or_else(|| unreadable("a group's day"))?,
            transaction_type: self.transaction_type()?,
            account_type: self.key.account_type,
            totals: self.sums.totals(self.doc_count, currency(&self.key.currency)?)?,
        })
    }

    fn fees(&self) -> Result<Fees, StoreError> {
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
    fn top_account(&self, currency: Currency) -> Result<TopAccount, StoreError> {
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

fn matching(period: Period, clause: Option<Value>) -> Option<Value> {
    let clauses: Vec<Value> = [query::period(period.from, period.to)?].into_iter().chain(clause).collect();
    Some(json!({ "bool": { "filter": clauses } }))
}

/// Sums of all parts of amounts and fees.
fn summing() -> Value {
    let mut aggregations = json!({});
    for name in ["amount", "fee"] {
        for part in ["low", "middle", "high"] {
            let field = format!("{name}_parts.{part}");
            aggregations[format!("{name}_{part}")] = json!({ "sum": { "field": field } });
        }
    }
    aggregations
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    parse_currency(code).map_err(|error| StoreError::Unreadable(error.into()))
}

fn read<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, StoreError> {
    serde_json::from_value(answer).map_err(|error| StoreError::Unreadable(error.into()))
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable(format!("{what} is none").into())
}
