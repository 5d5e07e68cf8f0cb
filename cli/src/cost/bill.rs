//! Uses and what they come to.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Result;
use domain::Decimal;
use serde::Serialize;

use super::prices::{Price, Prices};

/// Digits of an amount: so few that sums are exact, in whatever order.
const DIGITS: u32 = 12;

/// What a use comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cause {
    /// Commands, and all that comes after them.
    Commands,
    /// Queries.
    Queries,
    /// It is there whether anybody asks for anything or not.
    Fixed,
}

/// So many units of what has a price.
pub(super) struct Use {
    pub(super) price: &'static str,
    pub(super) what: &'static str,
    pub(super) cause: Cause,
    pub(super) quantity: Decimal,
}

/// All that is used in the period.
#[derive(Default)]
pub(super) struct Uses(Vec<Use>);

impl Uses {
    pub(super) fn add(&mut self, price: &'static str, what: &'static str, cause: Cause, quantity: Decimal) {
        self.0.push(Use { price, what, cause, quantity });
    }
}

/// A line of the bill.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    pub(super) what: String,
    pub(super) cause: Cause,
    #[serde(with = "super::written")]
    pub(super) quantity: Decimal,
    /// In dollars.
    #[serde(with = "super::written")]
    pub(super) amount: Decimal,
    #[serde(flatten)]
    pub(super) price: Price,
}

/// What a load costs.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    pub(super) lines: Vec<Line>,
    /// What would be free, if nothing else of the account used it up.
    pub(super) free: Decimal,
}

impl Bill {
    /// The uses at these prices. Where a price falls with the quantity, each use has the average price of all.
    pub(super) fn of(uses: &Uses, prices: &Prices) -> Result<Self> {
        let mut totals = BTreeMap::<&str, Decimal>::new();
        for one in &uses.0 {
            *totals.entry(one.price).or_default() += one.quantity;
        }
        let mut lines = Vec::new();
        for one in uses.0.iter().filter(|one| !one.quantity.is_zero()) {
            let (price, total) = (prices.of(one.price)?, totals.get(one.price).copied().unwrap_or_default());
            lines.push(Line {
                what: one.what.to_owned(),
                cause: one.cause,
                quantity: one.quantity,
                amount: (price.amount(total) / total * one.quantity).round_dp(DIGITS),
                price: price.clone(),
            });
        }
        let free = totals.iter().map(|(name, total)| Ok(prices.of(name)?.free_of(*total)));
        Ok(Self { lines, free: free.sum::<Result<Decimal>>()? })
    }

    pub(super) fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }

    pub(super) fn of_cause(&self, cause: Cause) -> Decimal {
        self.lines.iter().filter(|line| line.cause == cause).map(|line| line.amount).sum()
    }

    /// What each service costs, the dearest first.
    pub(super) fn services(&self) -> Vec<(String, Decimal)> {
        let mut services = BTreeMap::<&str, Decimal>::new();
        for line in &self.lines {
            *services.entry(&line.price.service).or_default() += line.amount;
        }
        let mut services: Vec<(String, Decimal)> =
            services.into_iter().map(|(service, amount)| (service.to_owned(), amount)).collect();
        services.sort_by_key(|(_, amount)| Reverse(*amount));
        services
    }
}
