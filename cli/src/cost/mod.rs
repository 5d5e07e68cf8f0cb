//! `passbook cost`: what a bank costs on AWS, from what its parts use and what AWS asks for by its list.
//!
//! It asks nobody. Prices are in `prices.json`, what each part uses in `usage.json`; nothing else here is a number of AWS
//! or of a measurement.

mod bill;
#[cfg(test)]
mod document;
mod flow;
mod functions;
mod prices;
mod report;
mod usage;
mod uses;

use anyhow::Result;
use clap::{Args, ValueEnum};
use domain::Decimal;
use serde::Serialize;

use self::{bill::Bill, flow::Load, prices::Prices, usage::Usage};
use crate::exit::Exit;

/// More than any bank has, and still no number is too large to reckon with.
const A_DAY_MAX: u64 = 100_000_000_000;

const EXAMPLES: &str = "Examples:
  passbook cost --commands-per-day 10000 --queries-per-day 100000
  passbook cost --commands-per-day 1000000 --queries-per-day 10000000 --transfers 0.5 --search serverless
  passbook cost --commands-per-day 1000 --queries-per-day 10000 --search none --days 365
  passbook cost --commands-per-day 1000000 --queries-per-day 0 --commits-per-batch 100
  passbook cost --commands-per-day 10000 --queries-per-day 100000 --json | jq '.lines[] | select(.service == \"SQS\")'

It asks nobody: neither a stack nor AWS. What it goes by, and what lowers the sum, is in docs/COST.md.";

/// Reckon what a bank of a size costs on AWS, line by line, by its list prices.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Commands on a day: deposits, withdrawals and transfers.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=A_DAY_MAX))]
    commands_per_day: u64,
    /// Queries on a day.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=A_DAY_MAX))]
    queries_per_day: u64,
    /// Which share of the commands are transfers; all others are priced as deposits.
    #[arg(long, value_name = "SHARE", default_value = "0.3", value_parser = share)]
    transfers: Decimal,
    /// Which share of the queries ask for a page of the history; all others ask for an account.
    #[arg(long, value_name = "SHARE", default_value = "0.3", value_parser = share)]
    history: Decimal,
    /// What keeps the history: a small OpenSearch domain, a serverless collection, or the events table alone.
    #[arg(long, value_name = "WHAT", default_value = "domain")]
    search: Search,
    /// Of how many days; 30 are a month.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_660))]
    days: u32,
    /// How many such periods' events are stored, this one included.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_200))]
    kept: u32,
    /// Which share of the requests is traced (TracedShare).
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = share)]
    traced: Decimal,
    /// How many commits a batch of the stream has; by default what comes in a quarter of a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    commits_per_batch: Option<u32>,
}

/// What keeps the history.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Search {
    /// A domain of one t3.small.search.
    Domain,
    /// A collection of OpenSearch Serverless.
    Serverless,
    /// Nothing: the history is read from the events.
    None,
}

pub(crate) fn run(arguments: &Arguments, json: bool) -> Result<Exit> {
    let load = arguments.load();
    let bill = bill(&load)?;
    if json {
        report::json(&load, &bill)?;
    } else {
        report::text(&load, &bill)?;
    }
    Ok(Exit::Done)
}

fn bill(load: &Load) -> Result<Bill> {
    Bill::of(&uses::uses(load, &Usage::read()?), &Prices::read()?)
}

impl Arguments {
    fn load(&self) -> Load {
        Load {
            commands_per_day: self.commands_per_day,
            queries_per_day: self.queries_per_day,
            transfers: self.transfers,
            history: self.history,
            search: self.search,
            days: self.days,
            kept: self.kept,
            traced: self.traced,
            batch: self.commits_per_batch.map(Decimal::from),
        }
    }
}

fn share(text: &str) -> Result<Decimal, String> {
    let share: Option<Decimal> = text.parse().ok();
    share
        .filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share))
        .ok_or_else(|| "a share is a number from 0 to 1, like 0.3".to_owned())
}

/// Decimals as texts, without more digits than anybody believes.
mod written {
    use domain::Decimal;
    use serde::Serializer;

    const DIGITS: u32 = 6;

    pub(super) fn serialize<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&number.round_dp(DIGITS).normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(commands_per_day: u64) -> Load {
        let share = Decimal::new(3, 1);
        Load {
            commands_per_day,
            queries_per_day: 10 * commands_per_day,
            transfers: share,
            history: share,
            search: Search::Domain,
            days: 30,
            kept: 1,
            traced: Decimal::new(1, 1),
            batch: None,
        }
    }

    fn line(bill: &Bill, service: &str, what: &str) -> Decimal {
        let is_it = |line: &&bill::Line| line.price.service == service && line.what == what;
        bill.lines.iter().filter(is_it).map(|line| line.quantity).next().unwrap()
    }

    #[test]
    fn a_million_deposits_take_two_million_write_units_and_a_million_transfers_six() {
        for (transfers, units) in [(Decimal::ZERO, 2), (Decimal::ONE, 6)] {
            let load = Load { transfers, days: 1, ..load(1_000_000) };
            let written = line(&bill(&load).unwrap(), "DynamoDB", "commits and records of commands");
            assert_eq!(written, Decimal::from(units * 1_000_000));
        }
    }

    #[test]
    fn each_line_is_counted_once_and_by_one_cause() {
        let bill = bill(&load(1_000_000)).unwrap();
        let causes = [bill::Cause::Commands, bill::Cause::Queries, bill::Cause::Fixed];
        let by_cause: Decimal = causes.map(|cause| bill.of_cause(cause)).into_iter().sum();
        let by_service: Decimal = bill.services().into_iter().map(|(_, amount)| amount).sum();
        assert_eq!((by_cause, by_service), (bill.total(), bill.total()));
        assert!(bill.free < bill.total());
    }

    #[test]
    fn what_is_fixed_is_there_whatever_is_asked_and_nothing_else_is() {
        let [few, many] = [1, 100_000_000].map(|commands| bill(&load(commands)).unwrap());
        let fixed = |bill: &Bill| {
            let is_fixed = |line: &&bill::Line| line.cause == bill::Cause::Fixed;
            bill.lines
                .iter()
                .filter(is_fixed)
                .map(|line| (line.what.clone(), line.quantity))
                .collect::<Vec<_>>()
        };
        assert_eq!(fixed(&few), fixed(&many));
        let asked = few.of_cause(bill::Cause::Commands) + few.of_cause(bill::Cause::Queries);
        assert!(asked < Decimal::ONE, "{asked}");
    }

    #[test]
    fn without_a_search_there_is_neither_a_queue_nor_an_alarm_for_it_and_queries_read_the_events() {
        let with = bill(&load(10_000)).unwrap();
        let without = bill(&Load { search: Search::None, ..load(10_000) }).unwrap();
        for (service, what) in [("SQS", "polling of queues"), ("CloudWatch", "alarms")] {
            assert!(line(&without, service, what) < line(&with, service, what), "{what}");
        }
        assert!(line(&without, "DynamoDB", "queries") > line(&with, "DynamoDB", "queries"));
        assert!(without.lines.iter().all(|line| line.price.service != "OpenSearch"));
    }

    #[test]
    fn a_larger_batch_is_cheaper() {
        let costs = [1, 10, 100].map(|batch| {
            bill(&Load { batch: Some(Decimal::from(batch)), ..load(1_000_000) }).unwrap().total()
        });
        assert!(costs.is_sorted_by(|one, other| one > other), "{costs:?}");
    }

    #[test]
    fn the_largest_load_that_is_taken_can_be_reckoned_with() {
        let all = Load { days: 3_660, kept: 1_200, ..load(A_DAY_MAX) };
        assert!(bill(&all).unwrap().total() > Decimal::ZERO);
    }

    #[test]
    fn a_share_is_from_0_to_1() {
        assert_eq!(share("0.25"), Ok(Decimal::new(25, 2)));
        for wrong in ["", "x", "-0.1", "1.01", "30%", "NaN"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
