//! What was imported is there to the last digit: balance, version and number of transactions of every account.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use rust_decimal::Decimal;
use serde::Deserialize;

use bank::{Bank, setting};

/// The file that `cargo xtask up` imports; `PASSBOOK_IMPORTED` names another, which was imported by hand.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bank-1993-sample.csv");

#[derive(Deserialize)]
struct Line {
    transaction_id: String,
    account_id: String,
    booked_at: String,
    amount: String,
    balance_after: String,
    kind: String,
}

fn accounts() -> BTreeMap<String, Vec<Line>> {
    let file = setting("PASSBOOK_IMPORTED").unwrap_or_else(|| SAMPLE.to_owned());
    let mut accounts: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in csv::Reader::from_path(file).unwrap().deserialize() {
        let line: Line = line.unwrap();
        accounts.entry(line.account_id.clone()).or_default().push(line);
    }
    accounts
}

#[tokio::test]
async fn every_imported_account_equals_the_file_to_the_last_digit() {
    let bank = Bank::of("admin").await;
    let checks = accounts().into_iter().map(|(account_id, lines)| check(bank.clone(), account_id, lines));
    let checked = stream::iter(checks).buffer_unordered(8).count().await;
    println!("{checked} accounts checked");
    assert!(checked >= 16);
}

async fn check(bank: Bank, account_id: String, lines: Vec<Line>) {
    let (last, version) = (lines.last().unwrap(), u64::try_from(lines.len()).unwrap());
    let account = bank.account_at(&account_id, version).await;
    assert_eq!(account["version"].as_u64(), Some(version), "{account_id}");
    assert_eq!(account["current_balance"].as_str(), Some(last.balance_after.as_str()), "{account_id}");
    assert_eq!(account["created_at"].as_str(), Some(lines[0].booked_at.as_str()), "{account_id}");

    let balance = bank.get(&format!("/v1/accounts/{account_id}/balance")).await;
    assert_eq!(
        (balance.version(), balance.text("balance")),
        (version, last.balance_after.clone()),
        "{account_id}"
    );

    let transactions = bank.transactions(&account_id, lines.len()).await;
    assert_eq!(transactions.len(), lines.len(), "{account_id}");
    for (transaction, line) in transactions.iter().zip(&lines) {
        let field = |name: &str| transaction[name].as_str().unwrap().to_owned();
        assert_eq!(field("transaction_id"), line.transaction_id, "{account_id}");
        assert_eq!(field("timestamp"), line.booked_at, "{account_id}");
        assert_eq!(
            (field("amount"), field("balance_after")),
            (line.amount.clone(), line.balance_after.clone())
        );
        assert_eq!(field("type") == "DEBIT", line.kind == "DEBIT", "{account_id}");
    }
}

#[tokio::test]
async fn the_past_of_an_account_is_found_by_time_and_by_version() {
    let bank = Bank::of("admin").await;
    let (account_id, lines) = accounts().into_iter().max_by_key(|(_, lines)| lines.len()).unwrap();
    for (version, line) in (1_u64..).zip(&lines).step_by(11) {
        for moment in [format!("version={version}"), format!("at={}", line.booked_at)] {
            let balance = bank.get(&format!("/v1/accounts/{account_id}/balance?{moment}")).await;
            assert_eq!(balance.text("balance"), line.balance_after, "{moment}");
            assert_eq!(
                (balance.version(), balance.text("as_of")),
                (version, line.booked_at.clone()),
                "{moment}"
            );
        }
    }
    let before = bank.get(&format!("/v1/accounts/{account_id}/balance?at=1992-12-31T23:59:59Z")).await;
    assert_eq!((before.status.as_u16(), before.text("code").as_str()), (404, "account_not_found"));
}

#[tokio::test]
async fn the_statements_of_all_months_equal_the_files_rows_and_balances() {
    let bank = Bank::of("admin").await;
    let checks =
        accounts().into_iter().map(|(account_id, lines)| statements(bank.clone(), account_id, lines));
    let checked: Vec<usize> = stream::iter(checks).buffer_unordered(4).collect().await;
    let statements: usize = checked.iter().sum();
    println!("{statements} statements of {} accounts checked, as JSON and as CSV", checked.len());
    assert!(checked.len() >= 10);
}

/// From the month that the account was opened in to the one after its last transaction; how many.
async fn statements(bank: Bank, account_id: String, lines: Vec<Line>) -> usize {
    let (first, last) = (month_of(&lines[0]), month_of(lines.last().unwrap()));
    let months = (1993..2000).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
    let months: Vec<String> = months.skip_while(|month| *month != first).collect();
    let end = months.iter().position(|month| *month == last).unwrap() + 2;
    let mut before = "0.00".to_owned();
    for month in &months[..end] {
        let of_month: Vec<&Line> = lines.iter().filter(|line| month_of(line) == *month).collect();
        before = statement(&bank, &account_id, month, &of_month, &before).await;
    }
    end
}

fn month_of(line: &Line) -> String {
    line.booked_at[..7].to_owned()
}

/// Holds one statement against the file's lines; what the account held at its end.
async fn statement(bank: &Bank, account_id: &str, month: &str, of_month: &[&Line], before: &str) -> String {
    let path = format!("/v1/accounts/{account_id}/statements/{month}");
    let statement = bank.get(&path).await;
    let closing = of_month.last().map_or(before, |line| &line.balance_after).to_owned();
    assert_eq!(statement.text("opening_balance"), before, "{path}");
    assert_eq!(statement.text("closing_balance"), closing, "{path}");
    assert_eq!(statement.body["is_final"], true, "{path}");
    let shown = statement.body["lines"].as_array().unwrap();
    assert_eq!(shown.len(), of_month.len(), "{path}");
    for (shown, line) in shown.iter().zip(of_month) {
        let field = |name: &str| shown[name].as_str().unwrap();
        let expected = (line.transaction_id.as_str(), line.booked_at.as_str(), line.amount.as_str());
        assert_eq!((field("transaction_id"), field("timestamp"), field("amount")), expected, "{path}");
        assert_eq!(field("balance_after"), line.balance_after, "{path}");
    }
    let sum = |is_debit: bool| -> Decimal {
        let lines = of_month.iter().filter(|line| (line.kind == "DEBIT") == is_debit);
        lines.map(|line| line.amount.parse::<Decimal>().unwrap()).sum()
    };
    for total in statement.body["totals"].as_array().unwrap() {
        let amount: Decimal = total["amount"].as_str().unwrap().parse().unwrap();
        assert_eq!(amount, sum(total["type"] == "DEBIT"), "{path}: {total}");
    }
    let table = bank.text(&format!("{path}?format=csv")).await;
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(table.as_bytes()).into_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), of_month.len() + 2, "{path}");
    let ids = rows[1..rows.len() - 1].iter().map(|row| row[0].to_owned());
    assert!(ids.eq(of_month.iter().map(|line| line.transaction_id.clone())), "{path}");
    let changes: Decimal = rows.iter().filter_map(|row| row[CHANGE].parse::<Decimal>().ok()).sum();
    assert_eq!(before.parse::<Decimal>().unwrap() + changes, closing.parse().unwrap(), "{path}");
    closing
}

/// The column of a table that says what a line did to the balance.
const CHANGE: usize = 8;

#[tokio::test]
async fn the_export_of_an_account_has_every_row_of_the_file_in_as_many_parts_as_are_wanted() {
    let bank = Bank::of("admin").await;
    let (account_id, lines) = accounts().into_iter().max_by_key(|(_, lines)| lines.len()).unwrap();
    let mut exported = Vec::new();
    for after in (0..lines.len()).step_by(7) {
        let part =
            bank.text(&format!("/v1/accounts/{account_id}/export?after_version={after}&limit=7")).await;
        exported.extend(part.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()));
    }
    let exported = exported.iter().map(|line| line["transaction_id"].as_str().unwrap());
    assert!(exported.eq(lines.iter().map(|line| line.transaction_id.as_str())));
}
