//! Files of rows, read back: by the very columns that every engine sees.

use std::collections::{BTreeMap, BTreeSet};

use application::{Commit, StreamId, journal::Position, ports::Transaction, transactions::transactions};
use bytes::Bytes;
use domain::{
    Decimal,
    account::{AccountType, Command},
};
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field, Row},
    schema::printer::print_schema,
};
use read_models::analytics::{RECENT, SCHEMA, file, rows};

use crate::account::{Account, text};

/// A row as it was read back, by the names of its columns; what is null is not there.
pub(crate) type Columns = BTreeMap<String, Field>;

pub(crate) fn read(bytes: Bytes) -> Vec<Columns> {
    let reader = SerializedFileReader::new(bytes).unwrap();
    let columns = |row: Row| {
        let columns = row.get_column_iter().filter(|(_, field)| **field != Field::Null);
        columns.map(|(name, field)| (name.clone(), field.clone())).collect()
    };
    reader.get_row_iter(None).unwrap().map(|row| columns(row.unwrap())).collect()
}

pub(crate) fn texts(row: &Columns, name: &str) -> Option<String> {
    row.get(name).map(|field| match field {
        Field::Str(text) => text.clone(),
        other => panic!("{name} is {other}"),
    })
}

pub(crate) fn number(row: &Columns, name: &str) -> i64 {
    match row[name] {
        Field::Long(number) => number,
        Field::Int(number) => number.into(),
        Field::TimestampMicros(micros) => micros,
        ref other => panic!("{name} is {other}"),
    }
}

pub(crate) fn sum(row: &Columns, name: &str) -> Option<Decimal> {
    row.get(name).map(|field| match field {
        Field::Decimal(decimal) => {
            let sign = if decimal.data()[0] < 0x80 { 0 } else { 0xff };
            let mut bytes = [sign; 16];
            bytes[16 - decimal.data().len()..].copy_from_slice(decimal.data());
            Decimal::from_i128_with_scale(i128::from_be_bytes(bytes), decimal.scale().try_into().unwrap())
        }
        other => panic!("{name} is {other}"),
    })
}

fn of(position: Position, commits: &[Commit]) -> Vec<Columns> {
    let rows: Vec<_> =
        (position..).zip(commits).flat_map(|(position, commit)| rows(position, commit).unwrap()).collect();
    read(file(RECENT, &rows).unwrap())
}

/// One event of each kind.
fn sample() -> Account {
    let mut account = Account::open("a", AccountType::Savings, "5000.00 USD");
    let amount = "20".parse().unwrap();
    account.does(Command::Deposit {
        amount,
        reference: Some(text("rent")),
        counterparty: Some(text("ACME")),
    });
    account.does(Command::Freeze { reason: text("why") });
    account.does(Command::Unfreeze { reason: text("why") });
    let amount = "1500".parse().unwrap();
    account.does(Command::Withdraw { amount, reference: None, counterparty: None });
    account.sends("10", Some("gift"));
    account.receives("3", None);
    account
}

#[test]
fn every_event_is_a_row_and_says_what_its_transaction_says() {
    let account = sample();
    let rows = of(41, &account.commits);
    let moved: BTreeMap<u64, Transaction> = account
        .commits
        .iter()
        .flat_map(|commit| transactions(commit).unwrap())
        .map(|one| (one.version, one))
        .collect();
    assert_eq!(rows.len(), account.events().len());
    for (index, (row, event)) in rows.iter().zip(account.events()).enumerate() {
        let index = i64::try_from(index).unwrap();
        assert_eq!((number(row, "position"), number(row, "version")), (41 + index, 1 + index));
        assert_eq!(texts(row, "compaction").as_deref(), Some(RECENT));
        assert_eq!(texts(row, "stream").as_deref(), Some("account-a"));
        assert_eq!(texts(row, "event_id").as_deref(), Some(event.id.as_str()));
        assert_eq!(texts(row, "account_id").as_deref(), Some("a"));
        assert_eq!(texts(row, "account_type").as_deref(), Some("SAVINGS"));
        assert_eq!(texts(row, "holder_id").as_deref(), Some("user-1"));
        assert_eq!(number(row, "timestamp"), event.timestamp.as_micros());
        assert_eq!(texts(row, "unreadable"), None);
        let moved = moved.get(&event.version);
        assert_eq!(sum(row, "amount"), moved.map(|one| one.amount.amount()), "{row:?}");
        assert_eq!(sum(row, "fee"), moved.map(|one| one.fee.amount()));
        assert_eq!(sum(row, "balance_after"), moved.map(|one| one.balance_after.amount()));
        assert_eq!(texts(row, "currency"), moved.map(|_| "USD".to_owned()));
        assert_eq!(texts(row, "counterparty"), moved.and_then(|one| one.counterparty.clone()));
        assert_eq!(texts(row, "reference"), moved.and_then(|one| one.reference.clone()));
    }
    let types: BTreeSet<_> = rows.iter().filter_map(|row| texts(row, "event_type")).collect();
    assert_eq!(types.len(), 7);
}

#[test]
fn sums_of_all_18_digits_are_exact_whatever_the_currency() {
    for opening in
        ["999999999999999999 JPY", "9999999999999999.99 USD", "999999999999999.999 KWD", "100.0001 CLF"]
    {
        let account = Account::open("a", AccountType::Checking, opening);
        let [row] = of(1, &account.commits).try_into().unwrap();
        let (amount, _) = opening.split_once(' ').unwrap();
        assert_eq!(sum(&row, "amount"), Some(amount.parse().unwrap()), "{opening}");
    }
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let commits = sample().commits;
    let file = || {
        let rows: Vec<_> = commits.iter().flat_map(|commit| rows(1, commit).unwrap()).collect();
        file(RECENT, &rows).unwrap()
    };
    assert_eq!(file(), file());
}

#[test]
fn an_event_that_cannot_be_read_is_a_row_without_money_that_says_why() {
    let mut commits = sample().commits;
    commits[1].events = commits[1].events.replace("MoneyDeposited", "MoneyBurned");
    commits[3].metadata = "no metadata".to_owned();
    let rows = of(1, &commits);
    let burned = &rows[1];
    assert_eq!(texts(burned, "unreadable").as_deref(), Some("event type MoneyBurned version 1 is unknown"));
    assert_eq!(texts(burned, "event_type").as_deref(), Some("MoneyBurned"));
    assert!(texts(burned, "data").unwrap().contains("20.00 USD"), "{burned:?}");
    assert_eq!((sum(burned, "amount"), texts(burned, "currency")), (None, None));
    assert!(!rows[3].contains_key("recorded_at") && !rows[3].contains_key("command_id"));
    assert!(rows.iter().enumerate().all(|(index, row)| index == 1 || texts(row, "unreadable").is_none()));
}

#[test]
fn what_happens_to_a_holder_is_a_row_too() {
    let commit = Commit {
        stream: StreamId::holder(&"user-1".parse().unwrap()),
        events: r#"[{"type":"AccountAdded","v":1,"id":"e","data":{"account_id":"a"}}]"#.to_owned(),
        state: r#"{"schema":1,"data":{"open_accounts":["a"]}}"#.to_owned(),
        ..sample().commits.remove(0)
    };
    let [row] = of(1, &[commit]).try_into().unwrap();
    assert_eq!(texts(&row, "holder_id").as_deref(), Some("user-1"));
    assert_eq!(texts(&row, "data").as_deref(), Some(r#"{"account_id":"a"}"#));
    assert_eq!((texts(&row, "account_id"), texts(&row, "unreadable")), (None, None));
}

#[test]
fn a_row_is_kept_by_the_day_of_its_business_time_as_far_as_a_table_can_say_which_days_it_has() {
    let commit = sample().commits.remove(0);
    for (timestamp, recorded_at, date) in [
        ("2026-11-24T23:59:59.999999Z", "2026-11-25T00:00:01Z", "2026-11-24"),
        ("2026-11-25T00:00:00Z", "2026-11-24T23:59:59Z", "2026-11-25"),
        ("1993-01-01T09:00:00Z", "2026-11-24T09:00:00Z", "1993-01-01"),
        ("1900-01-01T09:00:00Z", "2026-11-24T09:00:00Z", "1970-01-01"),
        ("2999-01-01T09:00:00Z", "2026-11-24T09:00:00Z", "2026-11-25"),
    ] {
        let metadata = commit.metadata.replace("2026-01-01T00:00:00Z", recorded_at);
        let commit = Commit { timestamp: timestamp.parse().unwrap(), metadata, ..commit.clone() };
        assert_eq!(rows(1, &commit).unwrap()[0].date(), date, "{timestamp}");
    }
}

/// Added to, never edited: other names or types of columns are another form, below another prefix.
const GOLDEN: &str = include_str!("analytics-v1.schema");

#[test]
fn the_form_of_a_file_is_as_it_always_was() {
    assert_eq!(SCHEMA, GOLDEN);
    let rows = rows(1, &sample().commits[0]).unwrap();
    let reader = SerializedFileReader::new(file(RECENT, &rows).unwrap()).unwrap();
    let mut printed = Vec::new();
    print_schema(&mut printed, reader.metadata().file_metadata().schema());
    // The printer writes its own names and spaces.
    let words = |text: &str| {
        let text = text.to_lowercase().replace(" binary ", " byte_array ").replace(';', " ");
        text.split_whitespace().collect::<String>()
    };
    assert_eq!(words(&String::from_utf8(printed).unwrap()), words(GOLDEN));
}
