//! What was imported is there to the last digit: balance, version and number of transactions of every account.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
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
