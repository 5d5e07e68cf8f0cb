//! Real transactions, as they are multiplied: brought to the present, so that the last 30 days have some.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use anyhow::{Context as _, Result};
use domain::{Decimal, Money, Text, Timestamp, parse_currency};
use serde::Deserialize;

const SECONDS_PER_DAY: i64 = 86_400;

/// Which accounts come first.
const SEED: u64 = 1993;

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    Open,
    Credit,
    Debit,
}

/// One transaction to be copied.
#[derive(Clone, Debug)]
pub struct Row {
    pub account: String,
    pub user: String,
    pub id: String,
    pub kind: Kind,
    pub amount: Money,
    pub booked_at: Timestamp,
    pub reference: Option<Text>,
    pub counterparty: Option<Text>,
}

/// All rows, by time.
pub struct Source {
    pub rows: Vec<Row>,
    /// How many rows each account has, in an order by chance: the first to be opened are the longest.
    counts: Vec<(String, usize)>,
}

#[derive(Deserialize)]
struct Line {
    transaction_id: String,
    account_id: String,
    user_id: String,
    booked_at: Timestamp,
    kind: Kind,
    amount: Decimal,
    currency: String,
    reference: String,
    counterparty: String,
}

impl Source {
    /// The rows of a file, moved by whole days so that the last ones are of yesterday.
    pub fn read(file: &Path, now: Timestamp) -> Result<Self> {
        let lines =
            csv::Reader::from_path(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let lines: Vec<Line> = lines.into_deserialize().collect::<Result<_, _>>()?;
        let last = lines.iter().map(|line| line.booked_at.day()).max().context("no rows")?;
        let days = now.day() - 1 - last;
        let mut rows = lines.into_iter().map(|line| row(line, days)).collect::<Result<Vec<_>>>()?;
        rows.sort_by_key(|row| row.booked_at);
        let (mut counts, mut places) = (Vec::new(), HashMap::new());
        for row in &rows {
            let place = *places.entry(row.account.clone()).or_insert_with(|| {
                counts.push((row.account.clone(), 0));
                counts.len() - 1
            });
            counts[place].1 += 1;
        }
        fastrand::Rng::with_seed(SEED).shuffle(&mut counts);
        Ok(Self { rows, counts })
    }

    pub fn accounts(&self) -> usize {
        self.counts.len()
    }

    /// The rows of as many whole accounts as have about so many transactions, legs of transfers included; of all at most.
    pub fn some(&self, transactions: usize) -> Vec<Row> {
        let transfers = self.rows.iter().filter(|row| row.is_transfer()).count();
        let rows = transactions * self.rows.len() / (self.rows.len() + transfers);
        let mut sum = 0;
        let kept = self.counts.iter().take_while(|(_, count)| {
            let is_before = sum < rows;
            sum += count;
            is_before
        });
        let kept: HashSet<&str> = kept.map(|(account, _)| account.as_str()).collect();
        self.rows.iter().filter(|row| kept.contains(row.account.as_str())).cloned().collect()
    }
}

impl Row {
    /// A payment to somebody. They bank elsewhere in the source, and here in the copies.
    pub fn is_transfer(&self) -> bool {
        self.kind == Kind::Debit && self.counterparty.is_some()
    }
}

fn row(line: Line, days: i64) -> Result<Row> {
    let text = |text: String| (!text.is_empty()).then(|| Text::try_from(text)).transpose();
    Ok(Row {
        amount: Money::new(line.amount, parse_currency(&line.currency)?)?,
        account: line.account_id,
        user: line.user_id,
        id: line.transaction_id,
        kind: line.kind,
        booked_at: line.booked_at.plus_seconds(days * SECONDS_PER_DAY),
        reference: text(line.reference)?,
        counterparty: text(line.counterparty)?,
    })
}
