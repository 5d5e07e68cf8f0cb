//! What AWS asks for, by its list, in one dated file: no other module knows a price.
//!
//! Prices are exact decimals. What is free each month for good is told beside them and never taken off.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use domain::Decimal;
use serde::{Deserialize, Serialize};

const FILE: &str = include_str!("prices.json");

/// All prices of a region.
#[derive(Deserialize)]
pub(super) struct Prices {
    pub(super) region: String,
    prices: BTreeMap<String, Price>,
}

/// What a number of units costs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Price {
    pub(super) service: String,
    price: Decimal,
    /// For how many units that is.
    per: Decimal,
    pub(super) unit: String,
    /// Each for the units above a number of them in a month, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<Tier>,
    /// Units that are free each month, not for the first year alone.
    #[serde(default)]
    free: Decimal,
    source: String,
    pub(super) dated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Tier {
    above: Decimal,
    price: Decimal,
}

impl Prices {
    pub(super) fn read() -> Result<Self> {
        serde_json::from_str(FILE).context("the prices of this build cannot be read")
    }

    pub(super) fn of(&self, name: &str) -> Result<&Price> {
        self.prices.get(name).with_context(|| format!("there is no price of {name}"))
    }

    /// The dates of the oldest and of the newest source.
    pub(super) fn dated(&self) -> (&str, &str) {
        let dates = || self.prices.values().map(|price| price.dated.as_str());
        (dates().min().unwrap_or_default(), dates().max().unwrap_or_default())
    }
}

impl Price {
    /// What so many units cost in a month, in dollars.
    pub(super) fn amount(&self, quantity: Decimal) -> Decimal {
        let first = (Decimal::ZERO, self.price);
        let tiers = self.tiers.iter().map(|tier| (tier.above, tier.price));
        let begins: Vec<(Decimal, Decimal)> = std::iter::once(first).chain(tiers).collect();
        let ends = begins.iter().skip(1).map(|(above, _)| *above).chain([Decimal::MAX]);
        let parts = begins.iter().zip(ends).map(|((begin, price), end)| {
            let units = quantity.min(end) - *begin;
            units.max(Decimal::ZERO) * price
        });
        parts.sum::<Decimal>() / self.per
    }

    /// What the free units are worth of so many.
    pub(super) fn free_of(&self, quantity: Decimal) -> Decimal {
        self.amount(quantity) - self.amount((quantity - self.free).max(Decimal::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(name: &str) -> Price {
        Prices::read().unwrap().of(name).unwrap().clone()
    }

    fn whole(number: i64) -> Decimal {
        Decimal::from(number)
    }

    #[test]
    fn every_price_is_above_nothing_and_has_a_source_with_its_date() {
        let prices = Prices::read().unwrap();
        for (name, Price { price, per, source, dated, tiers, .. }) in &prices.prices {
            assert!(*price > Decimal::ZERO && *per > Decimal::ZERO, "{name}");
            assert!(source.starts_with("https://"), "{name}: {source}");
            assert!(format!("{dated}T00:00:00Z").parse::<domain::Timestamp>().is_ok(), "{name}: {dated}");
            let falls =
                tiers.windows(2).all(|pair| pair[0].above < pair[1].above && pair[0].price > pair[1].price);
            assert!(falls && tiers.first().is_none_or(|tier| tier.price < *price), "{name}");
        }
    }

    #[test]
    fn what_is_above_a_tier_costs_its_price_and_what_is_below_does_not() {
        let requests = price("api_requests");
        assert_eq!(requests.amount(whole(300_000_000)), whole(300));
        assert_eq!(requests.amount(whole(301_000_000)), Decimal::new(3_009, 1));
        // The example of https://www.duckbillgroup.com/?p=9080, of 60 TB of logs, with its round thousands.
        let logs = price("log_ingestion");
        assert_eq!(logs.amount(whole(61_440)).round(), whole(12_800));
    }

    #[test]
    fn what_is_free_is_worth_no_more_than_what_is_used() {
        let logs = price("log_ingestion");
        assert_eq!(logs.free_of(whole(2)), whole(1));
        assert_eq!(logs.free_of(whole(100)), Decimal::new(25, 1));
        assert_eq!(price("s3_puts").free_of(whole(1_000)), Decimal::ZERO);
    }
}
