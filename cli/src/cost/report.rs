//! What is said of a bill: for people, and as a document.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Result;
use domain::Decimal;
use indicatif::HumanCount;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    bill::{Bill, Cause, Line},
    flow::{Flow, Load},
    prices::Prices,
    usage::{How, Usage},
};
use crate::{
    output::{self, FAINT, HEADING, styled},
    table,
};

const MILLION: i64 = 1_000_000;

/// What is in no line.
pub(super) const LEFT_OUT: [&str; 8] = [
    "taxes, support, discounts, savings plans, and what is free in an account's first year",
    "sign-ins (Cognito), questions to Athena (5 USD a TB), EventBridge Scheduler (under a cent)",
    "a cache (CacheUrl) and the VPC that it needs",
    "commands that are refused, come again, or meet a conflict: each failed condition is a write unit",
    "what instances of the relay lose to each other when several shards have commits at a time",
    "accounts that are opened (a transaction of three items, and a write of the index) and closed",
    "rebuilds, reconciliations, exports, statements, and other reads of the past",
    "a domain larger than one t3.small.search, or a collection of more than two OCU, as many commands need them",
];

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a> {
    region: String,
    prices_dated: Value,
    load: Value,
    #[serde(with = "super::written")]
    million_commands: Decimal,
    #[serde(with = "super::written")]
    million_queries: Decimal,
    #[serde(with = "super::written")]
    total: Decimal,
    #[serde(with = "super::written")]
    fixed: Decimal,
    /// What free tiers would take off the total, which has them in.
    #[serde(with = "super::written")]
    free: Decimal,
    lines: &'a [Line],
    measured: Vec<String>,
    assumed: Vec<String>,
    left_out: [&'static str; LEFT_OUT.len()],
}

/// What a million commands cost with all that comes after them, and a million queries; without what is fixed.
pub(super) fn of_a_million(load: &Load, bill: &Bill) -> (Decimal, Decimal) {
    let each = |cause, a_day: u64| {
        let count = Decimal::from(a_day) * Decimal::from(load.days);
        if count.is_zero() { count } else { bill.of_cause(cause) / count * Decimal::from(MILLION) }
    };
    (each(Cause::Commands, load.commands_per_day), each(Cause::Queries, load.queries_per_day))
}

pub(super) fn json(load: &Load, bill: &Bill) -> Result<()> {
    let (prices, (million_commands, million_queries)) = (Prices::read()?, of_a_million(load, bill));
    let (oldest, newest) = prices.dated();
    output::json(&Document {
        prices_dated: json!({ "from": oldest, "to": newest }),
        load: json!({
            "commands_per_day": load.commands_per_day, "queries_per_day": load.queries_per_day,
            "transfers": load.transfers, "history": load.history, "search": load.search, "days": load.days,
            "kept": load.kept, "traced": load.traced,
            "commits_per_batch": Flow::of(load, &Usage::read()?).batch.round_dp(2),
        }),
        million_commands,
        million_queries,
        total: bill.total(),
        fixed: bill.of_cause(Cause::Fixed),
        free: bill.free,
        lines: &bill.lines,
        measured: known(&[How::Measured, How::Counted])?,
        assumed: known(&[How::Assumed, How::Documented])?,
        left_out: LEFT_OUT,
        region: prices.region,
    })
}

pub(super) fn text(load: &Load, bill: &Bill) -> Result<()> {
    let (prices, (commands, queries)) = (Prices::read()?, of_a_million(load, bill));
    let (oldest, newest) = prices.dated();
    let (total, fixed) = (bill.total(), bill.of_cause(Cause::Fixed));
    let Load { commands_per_day, queries_per_day, days, .. } = load;
    let title = format!("{commands_per_day} commands and {queries_per_day} queries a day for {days} days");
    output::line(styled(HEADING, title))?;
    output::line(format!("{}, by list prices of {oldest} to {newest}, in USD\n", prices.region))?;
    let sums = [
        ("a million commands", dollars(commands), "with all that comes after them, without what is fixed"),
        ("a million queries", dollars(queries), "without what is fixed"),
        ("fixed", dollars(fixed), &*format!("{} of all, whether anybody asks or not", percent(fixed, total))),
        ("all", dollars(total), "of these days"),
        (
            "of it free",
            dollars(bill.free),
            "at the most, if nothing else of the account uses it; not taken off",
        ),
    ];
    let sums = sums.map(|(name, amount, what)| vec![name.to_owned(), amount, what.to_owned()]);
    output::text(&table::render(&[], &sums, &[1]))?;
    output::line("")?;
    output::text(&table::render(&HEADINGS, &rows(bill), &[3, 5, 6]))?;
    for (title, lines) in [
        ("measured by tests, or counted in templates and code", known(&[How::Measured, How::Counted])?),
        ("assumed, or said by AWS", known(&[How::Assumed, How::Documented])?),
        ("left out", LEFT_OUT.map(str::to_owned).to_vec()),
    ] {
        output::line(format!("\n{}", styled(HEADING, title)))?;
        for line in lines {
            output::line(styled(FAINT, format!("  {line}")))?;
        }
    }
    Ok(())
}

pub(super) const HEADINGS: [&str; 7] = ["service", "what", "for", "quantity", "unit", "USD", "share"];

/// The lines, those of the dearest service first.
pub(super) fn rows(bill: &Bill) -> Vec<Vec<String>> {
    let (mut rows, total) = (Vec::new(), bill.total());
    for (service, _) in bill.services() {
        let mut lines: Vec<&Line> = bill.lines.iter().filter(|line| line.price.service == service).collect();
        lines.sort_by_key(|line| Reverse(line.amount));
        rows.extend(lines.into_iter().map(|line| {
            vec![
                service.clone(),
                line.what.clone(),
                cause(line.cause).to_owned(),
                grouped(line.quantity),
                line.price.unit.clone(),
                dollars(line.amount),
                percent(line.amount, total),
            ]
        }));
    }
    rows
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Commands => "commands",
        Cause::Queries => "queries",
        Cause::Fixed => "fixed",
    }
}

/// Figures that are known in one of these ways: together what one test or reason is about.
pub(super) fn known(how: &[How]) -> Result<Vec<String>> {
    let mut by_reason = BTreeMap::<(How, String), Vec<String>>::new();
    for (group, figures) in Usage::figures()? {
        for (name, figure) in figures.into_iter().filter(|(_, figure)| how.contains(&figure.how)) {
            let said = format!("{group}.{name} {} {}", figure.normalize(), figure.unit);
            by_reason.entry((figure.how, figure.by)).or_default().push(said);
        }
    }
    Ok(by_reason.into_iter().map(|((_, reason), said)| format!("{} ({reason})", said.join(", "))).collect())
}

/// To the cent, and with groups of three digits.
pub(super) fn dollars(amount: Decimal) -> String {
    let cents = amount.round_dp(2);
    if cents.is_zero() && !amount.is_zero() {
        return "<0.01".to_owned();
    }
    let text = format!("{cents:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    format!("{}.{cents}", groups(whole))
}

pub(super) fn percent(part: Decimal, whole: Decimal) -> String {
    let share = if whole.is_zero() { whole } else { part / whole * Decimal::ONE_HUNDRED };
    format!("{:.1} %", share.round_dp(1))
}

fn grouped(quantity: Decimal) -> String {
    if quantity < Decimal::TEN {
        return format!("{:.2}", quantity.round_dp(2));
    }
    groups(&quantity.round().to_string())
}

fn groups(digits: &str) -> String {
    digits.parse().map_or_else(|_| digits.to_owned(), |number| HumanCount(number).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        let written = ["1234567.891", "0.004", "0", "999.999"].map(|one| dollars(one.parse().unwrap()));
        assert_eq!(written, ["1,234,567.89", "<0.01", "0.00", "1,000.00"]);
        let written = ["1.5", "12.4", "1000", "2592000000"].map(|one| grouped(one.parse().unwrap()));
        assert_eq!(written, ["1.50", "12", "1,000", "2,592,000,000"]);
        assert_eq!(percent(Decimal::ONE, Decimal::from(3)), "33.3 %");
        assert_eq!(percent(Decimal::ONE, Decimal::ZERO), "0.0 %");
    }
}
