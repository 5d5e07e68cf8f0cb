//! Accounts with a past that was written in one go, and what they have to come to.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use reqwest::StatusCode;
use rust_decimal::Decimal;

use bank::{Bank, new_key};

const EVENTS_AN_ACCOUNT: usize = 100;

/// One transaction of one account.
struct Row {
    account: String,
    at: String,
    amount: Decimal,
    is_credit: bool,
}

/// A file of transactions.
pub(crate) struct Bulk {
    pub(crate) currency: &'static str,
    rows: Vec<Row>,
    file: PathBuf,
}

impl Bulk {
    /// So many events, in accounts of a hundred each.
    pub(crate) fn of(events: usize) -> Self {
        Self::new("EUR", events)
    }

    /// A few, in a currency that nothing else on the stack has.
    pub(crate) fn of_another_bank() -> Self {
        Self::new("CHF", 500)
    }

    fn new(currency: &'static str, events: usize) -> Self {
        let run = new_key();
        let row = |number: usize| {
            let (account, place) = (number / EVENTS_AN_ACCOUNT, number % EVENTS_AN_ACCOUNT);
            // One a day, and the accounts a minute apart.
            let (month, day) = (place / 28 + 1, place % 28 + 1);
            let (hour, minute) = (account / 60 % 24, account % 60);
            Row {
                account: format!("{run}-{account}"),
                at: format!("2024-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z"),
                amount: if place == 0 { Decimal::new(100_000, 2) } else { amount(number) },
                is_credit: place % 3 != 2,
            }
        };
        let rows: Vec<Row> = (0..events).map(row).collect();
        let file = std::env::temp_dir().join(format!("passbook-{run}.csv"));
        std::fs::write(&file, csv(&rows, currency)).unwrap();
        Self { currency, rows, file }
    }

    pub(crate) fn file(&self) -> &PathBuf {
        &self.file
    }

    /// In the middle of everything, and at the moment of the last but one transaction.
    pub(crate) fn times(&self) -> [String; 2] {
        let mut times: Vec<&String> = self.rows.iter().map(|row| &row.at).collect();
        times.sort();
        [times[times.len() / 2].clone(), times[times.len() - 2].clone()]
    }

    /// How many accounts there were at a time, and what they held.
    pub(crate) fn sum_at(&self, until: &str) -> (u64, Decimal) {
        let balances = self.balances(|row| row.at.as_str() <= until);
        (u64::try_from(balances.len()).unwrap(), balances.values().map(|(_, balance)| balance).sum())
    }

    /// Whether every account is as its rows say: version, balance, and the number of its transactions.
    pub(crate) async fn check(&self, admin: &Bank) {
        for (account, (count, balance)) in self.balances(|_| true) {
            let answer = admin.get(&format!("/v1/accounts/{account}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let shown: Decimal = answer.text("current_balance").parse().unwrap();
            assert_eq!((answer.version(), shown), (count, balance), "{account}");
            let history =
                format!("/v1/accounts/{account}/transactions?from=2024-01-01T00:00:00Z&page_size=1");
            let page = admin.get(&history).await;
            assert_eq!(page.body["total_count"].as_u64(), Some(count), "{account}: {}", page.body);
        }
    }

    fn balances(&self, counts: impl Fn(&Row) -> bool) -> BTreeMap<&str, (u64, Decimal)> {
        let mut balances = BTreeMap::<&str, (u64, Decimal)>::new();
        for row in self.rows.iter().filter(|row| counts(row)) {
            let (count, balance) = balances.entry(&row.account).or_default();
            *count += 1;
            *balance += if row.is_credit { row.amount } else { -row.amount };
        }
        balances
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        // What is left in a folder for what may be lost is no reason to fail.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Some cents, never enough of them to overdraw the thousand that an account begins with.
fn amount(number: usize) -> Decimal {
    Decimal::new(i64::try_from(number * 37 % 991 + 1).unwrap(), 2)
}

fn csv(rows: &[Row], currency: &str) -> String {
    let mut text =
        "transaction_id,account_id,user_id,account_type,booked_at,kind,amount,currency\n".to_owned();
    let mut last = "";
    for (number, Row { account, at, amount, is_credit }) in rows.iter().enumerate() {
        let kind = match is_credit {
            _ if last != account => "OPEN",
            true => "CREDIT",
            false => "DEBIT",
        };
        last = account;
        writeln!(
            text,
            "{account}-{number},{account},user-{account},CHECKING,{at},{kind},{amount},{currency}"
        )
        .unwrap();
    }
    text
}
