//! Sums over all transactions, by the index's aggregations, and exact: what is added up are parts of numbers
//! ([`Parts`](super::document::Parts)), currency by currency. Groups are read page by page, so none is left out and none is estimated.

use application::ports::{
    ActiveAccounts, Analytics, AnalyticsError, By, DailyVolume, Fees, Period, StoreError, TopAccount,
};
use serde_json::{Value, json};

use super::{
    OpenSearchHistory,
    groups::{Buckets, CurrencyGroup, Group, currency},
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

fn read<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, StoreError> {
    serde_json::from_value(answer).map_err(|error| StoreError::Unreadable(error.into()))
}
