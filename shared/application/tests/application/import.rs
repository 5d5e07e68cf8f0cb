//! The import: once each, in order, and only what adds up.

use application::import::{AccountImport, ImportError, ImportKind, ImportRow, Imported};
use domain::{Decimal, account::AccountType};
use testing::{MemoryEventStore, TestEnvironment};

use crate::bank::{Bank, id, usd};

fn row(transaction_id: &str, day: u32, kind: ImportKind, amount: u32, balance_after: u32) -> ImportRow {
    ImportRow {
        transaction_id: transaction_id.parse().unwrap(),
        booked_at: format!("1993-01-{day:02}T09:00:00Z").parse().unwrap(),
        kind,
        amount: usd(amount),
        balance_after: Some(Decimal::from(balance_after)),
        reference: None,
        counterparty: None,
    }
}

fn rows() -> Vec<ImportRow> {
    let open = ImportKind::Open { user_id: "client-1".parse().unwrap(), account_type: AccountType::Checking };
    vec![
        row("t1", 1, open, 900, 900),
        row("t2", 2, ImportKind::Credit, 100, 1_000),
        row("t3", 3, ImportKind::Debit, 300, 700),
    ]
}

async fn start(bank: &Bank) -> AccountImport<'_, MemoryEventStore, TestEnvironment> {
    let operator = "import".parse().unwrap();
    AccountImport::start(&bank.store, &bank.environment, operator, id("cz-1")).await.unwrap()
}

#[tokio::test]
async fn keeps_business_times_and_transaction_ids() {
    let bank = Bank::new();
    let mut import = start(&bank).await;
    for row in rows() {
        assert_eq!(import.add(&row).await.unwrap(), Imported::Added);
    }
    let commits: Vec<_> =
        bank.store.all().into_iter().filter(|commit| commit.stream.account_id().is_some()).collect();
    assert_eq!(commits.len(), 3);
    for (commit, row) in commits.iter().zip(rows()) {
        assert_eq!(commit.timestamp, row.booked_at);
        assert!(commit.events.contains(&format!(r#""id":"{}""#, row.transaction_id)), "{}", commit.events);
    }
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_stopped() {
    let bank = Bank::new();
    let mut import = start(&bank).await;
    for row in &rows()[..2] {
        import.add(row).await.unwrap();
    }
    let mut again = start(&bank).await;
    let mut outcomes = Vec::new();
    for row in rows() {
        outcomes.push(again.add(&row).await.unwrap());
    }
    assert_eq!(outcomes, [Imported::Present, Imported::Present, Imported::Added]);
    // The first import has fallen behind: it sees that the row is in, instead of adding it a second time.
    assert_eq!(import.add(&rows()[2]).await.unwrap(), Imported::Present);
}

#[tokio::test]
async fn a_balance_that_does_not_agree_is_not_imported() {
    let bank = Bank::new();
    let mut import = start(&bank).await;
    import.add(&rows()[0]).await.unwrap();
    let wrong = row("t2", 2, ImportKind::Credit, 100, 1_001);
    assert!(matches!(import.add(&wrong).await, Err(ImportError::BalanceDiffers { .. })));
    assert_eq!(import.add(&rows()[1]).await.unwrap(), Imported::Added);
}

#[tokio::test]
async fn what_cannot_have_happened_is_not_imported() {
    let bank = Bank::new();
    let mut import = start(&bank).await;
    assert!(matches!(import.add(&rows()[1]).await, Err(ImportError::NotOpened)));
    import.add(&rows()[0]).await.unwrap();
    let early = row("t0", 1, ImportKind::Credit, 1, 901);
    assert!(matches!(import.add(&early).await, Err(ImportError::OutOfOrder { .. })));
    let overdraft = row("t4", 4, ImportKind::Debit, 901, 0);
    assert!(matches!(import.add(&overdraft).await, Err(ImportError::Rejected(_))));
    let second = ImportRow { transaction_id: "t9".parse().unwrap(), ..rows()[0].clone() };
    let second = ImportRow { booked_at: rows()[1].booked_at, ..second };
    assert!(matches!(import.add(&second).await, Err(ImportError::OpenedOtherwise)));
}
