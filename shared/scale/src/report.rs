//! What docs/SCALE.md says in figures: tables, and a picture.

use std::fmt::Write as _;

use indicatif::HumanFloatCount;
use serde_json::{Value, json};

use crate::{
    design::{Design, partitions},
    figures::Percentiles,
    hot,
    outcome::Outcome,
    plot::{Limit, Line, plot},
    run::run,
    saturation::{bounded, saturation},
    usage::Usage,
};

/// The rates of the tables, in commands a second.
const RATES: [f64; 4] = [50.0, 500.0, 5_000.0, 50_000.0];

/// What is promised.
const PROMISED: f64 = 5_000.0;

/// The rates of the picture, and how many between two of the tables.
const STEPS: i32 = 8;

/// Journals by hash at fifty thousand a second.
const JOURNALS: usize = 64;

/// Queries to a command, as docs/COST.md has it.
const QUERIES: f64 = 10.0;

/// Executions at once that an account has until it asks for more.
const FUNCTIONS: f64 = 1_000.0;

type Setup = (&'static str, fn(f64) -> Design);
type KeepsUp = fn(&Outcome) -> bool;
type Figure<'a> = &'a dyn Fn(&(Design, Outcome)) -> f64;

const SETUPS: [Setup; 3] =
    [("as built", Design::as_built), ("a second to gather", Design::gathered), ("64 journals", by_hash)];

fn by_hash(rate: f64) -> Design {
    Design::by_hash(rate, JOURNALS)
}

/// Each section by its name, and the picture.
#[must_use]
pub fn report() -> Value {
    json!({
        "sections": { "answers": answers(), "rates": rates(), "needs": needs(), "limits": limits(), "hot": hot_accounts() },
        "picture": picture(),
    })
}

/// What clients wait for; the same at any rate, for requests share nothing but their account.
fn answers() -> String {
    let outcome = run(&bounded(Design::as_built(PROMISED)));
    let rows = [
        ("deposit", outcome.deposit),
        ("transfer", outcome.transfer),
        ("query of an account", outcome.account),
        ("page of the history", outcome.history),
    ];
    let mut text = "| answer to a | p50 ms | p99 ms |\n|---|---:|---:|\n".to_owned();
    for (name, Percentiles { p50, p99, .. }) in rows {
        let _ = writeln!(text, "| {name} | {} | {} |", grouped(p50), grouped(p99));
    }
    text
}

fn rates() -> String {
    let mut text = "| commands a second | setup | shards | deposit p50 / p99 | transfer | row | feed | history | batches full: rows, relay | sent |\n\
                    |---:|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for rate in RATES {
        let setups = if rate > PROMISED { &SETUPS[..] } else { &SETUPS[..2] };
        for (name, setup) in setups {
            let _ = writeln!(text, "{}", row(name, &run(&bounded(setup(rate)))));
        }
    }
    text
}

pub(crate) fn row(name: &str, outcome: &Outcome) -> String {
    let Outcome { rate, shards, deposit, transfer, row, feed, found, full, copies, .. } = outcome;
    let lag = |lag: &Percentiles, keeps_up: bool, kept: f64| match keeps_up {
        true => pair(lag),
        // It would keep up, if a partition gave what one key is asked for.
        false if kept >= Outcome::KEPT_MIN => "**throttled**".to_owned(),
        false => format!("**grows**, {:.0} % done", kept * 100.0),
    };
    let journal = outcome.journal_keeps_up();
    format!(
        "| {} | {name} | {shards} | {} | {} | {} | {} | {} | {:.0} %, {:.0} % | {copies:.1} |",
        grouped(*rate),
        pair(deposit),
        pair(transfer),
        lag(row, outcome.rows_keep_up(), outcome.kept[0]),
        lag(feed, journal, outcome.kept[1]),
        lag(found, outcome.history_keeps_up(), (outcome.kept[2] / outcome.index.max(1.0)).min(1.0)),
        full[0] * 100.0,
        full[1] * 100.0,
    )
}

fn pair(Percentiles { p50, p99, .. }: &Percentiles) -> String {
    format!("{} / {}", grouped(*p50), grouped(*p99))
}

/// With groups of three digits.
fn grouped(number: f64) -> String {
    format!("{:.0}", HumanFloatCount(number))
}

/// What there has to be of everything, reckoned from what was measured.
fn needs() -> String {
    let usage = Usage::read();
    let of = |group: &str, name: &str| usage.figure(group, name);
    let designs: Vec<(Design, Outcome)> = RATES
        .into_iter()
        .map(|rate| {
            let design = if rate > PROMISED { by_hash(rate) } else { Design::as_built(rate) };
            let outcome = run(&bounded(design));
            (design, outcome)
        })
        .collect();
    let records = |design: &Design| design.command_units(&usage) - design.event_units();
    let summary = |design: &Design| design.commits() * of("summary", "account_write_units");
    let day = 86_400.0;
    let rows: [(&str, Figure); 18] = [
        ("requests a second, ten queries to a command", &|(design, _)| design.rate * (1.0 + QUERIES)),
        ("commits a second", &|(design, _)| design.commits()),
        ("write units a second: events", &|(design, _)| design.event_units()),
        ("write units a second: records of commands", &|(design, _)| records(design)),
        ("write units a second: summaries", &|(design, _)| summary(design)),
        ("partitions: events, as many shards", &|(design, _)| design.shards as f64),
        ("partitions: records of commands", &|(design, _)| partitions(records(design)) as f64),
        ("partitions: summaries", &|(design, _)| partitions(summary(design)) as f64),
        ("write units a second on a journal's one key", &|(_, outcome)| outcome.journal_units),
        ("read units a second on it", &|(_, outcome)| outcome.journal_reads),
        ("read units a second on the generations' one item", &|(_, outcome)| outcome.generation_units),
        ("functions at once: command-api", &|(_, outcome)| outcome.functions[0]),
        ("functions at once: query-api", &|(design, outcome)| {
            design.rate * QUERIES * (0.7 * outcome.account.mean + 0.3 * outcome.history.mean) / 1_000.0
        }),
        ("functions at once: summary-projector", &|(_, outcome)| outcome.functions[1]),
        ("functions at once: history-projector", &|(_, outcome)| outcome.functions[3]),
        ("processors of the index, half busy", &|(design, _)| design.search_processors() as f64),
        ("million documents a day", &|(design, _)| design.commits() * day / 1e6),
        ("GB of events a day", &|(design, _)| {
            let bytes = 0.7 * of("deposit", "event_bytes") + 0.3 * of("transfer", "event_bytes");
            design.rate * day * bytes / 1e9
        }),
    ];
    let mut text = "| | 50 | 500 | 5,000 | 50,000 |\n|---|---:|---:|---:|---:|\n".to_owned();
    for (name, figure) in rows {
        let cells: Vec<String> = designs.iter().map(figure).map(short).collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text
}

fn short(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { grouped(number) }
}

type Case = (&'static str, fn(f64) -> Design, KeepsUp);

const ROWS: KeepsUp = Outcome::rows_keep_up;
const JOURNAL: KeepsUp = Outcome::journal_keeps_up;

/// What falls behind, and by what it would be otherwise.
const CASES: [Case; 14] = [
    ("rows, as built", Design::as_built, ROWS),
    (
        "rows, without `ParallelizationFactor`",
        |rate| Design { summary_factor: 1, ..Design::as_built(rate) },
        ROWS,
    ),
    ("rows, batches that gather for a second, and 64 journals", by_hash, ROWS),
    ("journal, as built", Design::as_built, JOURNAL),
    ("history, as built, with the processors below", Design::as_built, Outcome::history_keeps_up),
    (
        "journal, requests with twice the work",
        |rate| Design { request_work_ms: 0.2, ..Design::as_built(rate) },
        JOURNAL,
    ),
    ("journal, as built, on 32 shards", |rate| on_32_shards(Design::as_built(rate)), JOURNAL),
    ("journal, `MaximumBatchingWindowInSeconds: 1`", Design::gathered, JOURNAL),
    (
        "journal, the same, a processor for each relay",
        |rate| Design { relay_processor: 1.0, ..Design::gathered(rate) },
        JOURNAL,
    ),
    ("journal, one relay behind a queue", |rate| behind_a_queue(1, Design::as_built(rate)), JOURNAL),
    (
        "journal, 4 relays with a processor each behind a queue, on any shards",
        |rate| Design { relay_processor: 1.0, ..behind_a_queue(4, Design::as_built(rate)) },
        JOURNAL,
    ),
    ("8 journals, a relay each", |rate| Design::by_hash(rate, 8), JOURNAL),
    ("32 journals, a relay each", |rate| Design::by_hash(rate, 32), JOURNAL),
    ("64 journals, a relay each", by_hash, JOURNAL),
];

fn on_32_shards(design: Design) -> Design {
    Design { shards: 32, relays: 32, ..design }
}

/// Nothing gathers there: a batch of a queue that keeps an order has ten messages, and no window.
fn behind_a_queue(relays: usize, design: Design) -> Design {
    Design { relays, relay_window_ms: 0.0, ..design }
}

/// What falls behind, and at which rate.
fn limits() -> String {
    let mut text =
        "| what, and how it is set up | commands a second | commits |\n|---|---:|---:|\n".to_owned();
    for (name, design, keeps_up) in CASES {
        let rate = saturation(design, keeps_up);
        let commits = Design::as_built(rate).commits();
        let _ = writeln!(text, "| {name} | {} | {} |", rounded(rate), rounded(commits));
    }
    text
}

/// To two digits: the search for it is no more exact.
fn rounded(rate: f64) -> String {
    let unit = 10_f64.powf(rate.log10().floor() - 1.0);
    grouped((rate / unit).round() * unit)
}

fn hot_accounts() -> String {
    let mut text = "| deposits a second | made | answered with 409 | writes each | function p50 / p99 |\n\
                    |---:|---:|---:|---:|---:|\n"
        .to_owned();
    for rate in [1.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0] {
        let hot = hot::run(rate, 600.0, 1);
        let _ = writeln!(
            text,
            "| {rate} | {:.1} | {:.2} % | {:.2} | {} |",
            hot.done,
            hot.given_up * 100.0,
            hot.writes,
            pair(&hot.function),
        );
    }
    text
}

fn picture() -> String {
    let (rows, journal, history) = (ROWS, JOURNAL, Outcome::history_keeps_up as KeepsUp);
    let limit = |setup: fn(f64) -> Design, keeps_up, what: &str| {
        let rate = saturation(setup, keeps_up);
        Limit { rate, text: format!("{what} {}", rounded(rate)) }
    };
    let limits = [
        limit(Design::as_built, journal, "the journal falls behind at"),
        limit(Design::as_built, rows, "the rows at"),
    ];
    let steps = (0..=3 * STEPS).map(|step| 50.0 * 10_f64.powf(f64::from(step) / f64::from(STEPS)));
    // And just below each limit, so that a line ends where its limit is.
    let mut rates: Vec<f64> = steps.chain(limits.iter().map(|limit| limit.rate * 0.97)).collect();
    rates.sort_by(f64::total_cmp);
    let of = |setup: fn(f64) -> Design| -> Vec<Outcome> {
        rates.iter().map(|rate| run(&bounded(setup(*rate)))).collect()
    };
    let (built, hashed) = (of(Design::as_built), of(by_hash));
    let line = |name,
                colour,
                is_dashed,
                from: &[Outcome],
                keeps_up: fn(&Outcome) -> bool,
                value: fn(&Outcome) -> f64| {
        let points = from.iter().take_while(|one| keeps_up(one)).map(|one| (one.rate, value(one))).collect();
        Line { name, colour, is_dashed, points }
    };
    let lags = [
        line("row, as built", "#3b5fc0", false, &built, rows, |one| one.row.p99),
        line("feed, as built", "#e8833a", false, &built, journal, |one| one.feed.p99),
        line("history, as built", "#4f9e57", false, &built, history, |one| one.found.p99),
        line("row, 64 journals", "#3b5fc0", true, &hashed, rows, |one| one.row.p99),
        line("feed, 64 journals", "#e8833a", true, &hashed, journal, |one| one.feed.p99),
        line("history, 64 journals", "#4f9e57", true, &hashed, history, |one| one.found.p99),
        line("answer to a transfer", "#888888", false, &hashed, journal, |one| one.transfer.p99),
    ];
    let within: fn(&Outcome) -> bool = |one| one.functions[0] <= FUNCTIONS;
    let shares = [
        line("batches of the relay, as built", "#e8833a", false, &built, journal, |one| one.full[1]),
        line("batches of the rows, as built", "#3b5fc0", false, &built, rows, |one| one.full[0]),
        line("key of the journal, as built", "#b02a37", false, &built, journal, |one| {
            one.journal_units / 1_000.0
        }),
        line("1,000 functions, by commands", "#888888", false, &hashed, within, |one| {
            one.functions[0] / FUNCTIONS
        }),
    ];
    plot(&lags, &shares, &limits, PROMISED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_is_simulated() {
        let text = include_str!("../../../docs/SCALE.md");
        let row = row("as built", &run(&bounded(Design::as_built(500.0))));
        assert!(text.contains(&row), "`cargo xtask scale` writes docs/SCALE.md anew: {row}");
    }

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([999.6, 12_345.0].map(grouped), ["1,000", "12,345"]);
        assert_eq!([647.0, 51_700.0].map(rounded), ["650", "52,000"]);
    }
}
