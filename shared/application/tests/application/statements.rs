//! Statements, to the microsecond, and beside plain adding up.

use application::{
    QueryError,
    commands::Caller,
    import::{AccountImport, ImportKind, ImportRow},
    ports::{Transaction, TransactionType},
    queries::Queries,
    statements::{STATEMENT_EVENTS_MAX, Statement},
};
use domain::{Decimal, Month, Timestamp, account::AccountType};
use testing::{MemoryEventStore, TestEnvironment};

use crate::bank::{Bank, id, usd};

/// An account with one deposit of a dollar at each of these times, the first of which opens it with 100.
async fn account(
    times: impl IntoIterator<Item = Timestamp>,
) -> Queries<MemoryEventStore, (), (), TestEnvironment> {
    let bank = Bank::new();
    let operator = "import".parse().unwrap();
    let mut import = AccountImport::start(&bank.store, &bank.environment, operator, id("a")).await.unwrap();
    for (number, booked_at) in times.into_iter().enumerate() {
        let user_id = "client".parse().unwrap();
        let (kind, amount) = match number {
            0 => (ImportKind::Open { user_id, account_type: AccountType::Checking }, 100),
            _ => (ImportKind::Credit, 1),
        };
        let transaction_id = format!("t{number}").parse().unwrap();
        let (amount, balance_after, reference, counterparty) = (usd(amount), None, None, None);
        let row =
            ImportRow { transaction_id, booked_at, kind, amount, balance_after, reference, counterparty };
        import.add(&row).await.unwrap();
    }
    Queries::new(bank.store, (), (), bank.environment)
}

async fn statement(
    queries: &Queries<MemoryEventStore, (), (), TestEnvironment>,
    month: &str,
) -> Result<Statement, QueryError> {
    let caller = Caller { user_id: "client".parse().unwrap(), is_admin: false };
    queries.statement(&caller, &id("a"), month.parse().unwrap()).await
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_month_has_its_first_microsecond_and_its_last_and_none_beside() {
    let times = [
        "1993-01-31T23:59:59.999999Z",
        "1993-02-01T00:00:00Z",
        "1993-02-28T23:59:59.999999Z",
        "1993-03-01T00:00:00Z",
    ];
    let queries = account(times.map(at)).await;
    let february = statement(&queries, "1993-02").await.unwrap();
    let lines: Vec<&str> = february.lines.iter().map(|line| line.transaction_id.as_str()).collect();
    assert_eq!(lines, ["t1", "t2"]);
    assert_eq!((february.opening_balance, february.closing_balance), (usd(100), usd(102)));
    assert_eq!((february.opening_version, february.closing_version), (1, 3));
    assert!(february.is_final);
    let april = statement(&queries, "1993-04").await.unwrap();
    assert_eq!((april.opening_balance, april.closing_balance, april.lines.len()), (usd(103), usd(103), 0));
    assert!(matches!(statement(&queries, "1992-12").await, Err(QueryError::StatementNotFound)));
}

#[tokio::test]
async fn months_follow_on_each_other_and_together_have_each_transaction_once() {
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..20 {
        let mut micros = at("1993-01-10T00:00:00Z").as_micros();
        let times: Vec<Timestamp> = (0..rng.usize(1..1_500))
            .map(|_| {
                // From a microsecond to some weeks.
                micros += 10_i64.pow(rng.u32(0..12)) * rng.i64(1..20) / 10 + 1;
                Timestamp::from_micros(micros).unwrap()
            })
            .take_while(|time| *time < at("2000-01-01T00:00:00Z"))
            .collect();
        let queries = account(times.iter().copied()).await;
        let (mut balance, mut all) = (Decimal::ZERO, Vec::<Transaction>::new());
        for month in (1993..2000).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}"))) {
            let statement = statement(&queries, &month).await.unwrap();
            assert_eq!(statement.opening_balance.amount(), balance, "{month}");
            let month: Month = month.parse().unwrap();
            let (from, to) = (month.begins().unwrap(), month.ends().unwrap());
            assert!(statement.lines.iter().all(|line| from <= line.timestamp && line.timestamp < to));
            balance += statement.lines.iter().map(|line| line.amount.amount()).sum::<Decimal>();
            assert_eq!(statement.closing_balance.amount(), balance, "{month}");
            let counted: u64 = statement.totals.iter().map(|total| total.transactions).sum();
            assert_eq!(counted, u64::try_from(statement.lines.len()).unwrap());
            assert!(statement.totals.iter().all(|total| total.transaction_type == TransactionType::Credit));
            all.extend(statement.lines);
        }
        let seen: Vec<Timestamp> = all.iter().map(|line| line.timestamp).collect();
        assert_eq!(seen, times);
    }
}

#[tokio::test]
async fn a_month_with_too_many_events_is_to_be_exported_which_works_in_parts_of_any_size() {
    let first = at("1993-02-01T00:00:00Z").as_micros();
    let count = i64::try_from(STATEMENT_EVENTS_MAX).unwrap() + 1;
    let queries = account((0..count).map(|number| Timestamp::from_micros(first + number).unwrap())).await;
    assert!(matches!(
        statement(&queries, "1993-02").await,
        Err(QueryError::StatementTooLong { limit: STATEMENT_EVENTS_MAX })
    ));
    let caller = Caller { user_id: "client".parse().unwrap(), is_admin: false };
    let (mut after, mut versions) = (Some(0), Vec::new());
    while let Some(version) = after {
        let part = queries.history_part(&caller, &id("a"), version, 777).await.unwrap();
        versions.extend(part.transactions.iter().map(|transaction| transaction.version));
        after = part.next_after;
    }
    assert_eq!(versions, (1..=STATEMENT_EVENTS_MAX + 1).collect::<Vec<_>>());
}
