//! What each event does to a row.

use application::codec::Recorded;
use domain::{
    Timestamp,
    account::{AccountType, Command, Event, MoneyDeposited, Status},
};
use read_models::summary::{FoldError, apply};

use crate::account::{Account, fold, money, text};

#[test]
fn the_initial_deposit_counts_as_a_deposit_and_a_transaction() {
    let row = Account::open("a", AccountType::Savings, "500.00 USD").summary();
    assert_eq!((row.balance, row.total_deposits), (money("500.00 USD"), money("500.00 USD")));
    assert_eq!(row.total_withdrawals, money("0.00 USD"));
    assert_eq!(row.daily_counts.iter().map(|daily| daily.count).collect::<Vec<_>>(), [1]);
    assert_eq!(row.recent_transaction_ids, ["a-t1".parse().unwrap()]);
    assert_eq!((row.version, row.created_at), (1, row.last_updated));
}

#[test]
fn totals_include_the_fees_and_add_up_to_the_balance() {
    let mut account = Account::open("a", AccountType::Savings, "20000.00 USD");
    let amount = "1500".parse().unwrap();
    assert!(account.does(Command::Withdraw { amount, reference: None, counterparty: None }));
    assert!(account.sends("10001", None));
    account.receives("7.50", None);
    let row = account.summary();
    assert_eq!(row.total_withdrawals, money("1505.00 USD"));
    assert_eq!(row.total_transfers_out, money("10011.00 USD"));
    assert_eq!(row.total_transfers_in, money("7.50 USD"));
    assert_eq!(row.balance, money("8491.50 USD"));
}

#[test]
fn a_change_of_status_changes_nothing_but_status_version_and_time() {
    let mut account = Account::open("a", AccountType::Checking, "100.00 USD");
    let before = account.summary();
    account.later(40 * 86_400);
    assert!(account.does(Command::Freeze { reason: text("lost card") }));
    let after = account.summary();
    assert_eq!(after.last_updated, account.commits[1].timestamp);
    let changed = |row| application::ports::AccountSummary {
        status: Status::Frozen,
        version: 2,
        last_updated: after.last_updated,
        ..row
    };
    assert_eq!(after, changed(before));
    assert!(account.does(Command::Unfreeze { reason: text("found it") }));
    assert_eq!(account.summary().status, Status::Active);
}

#[test]
fn a_closed_account_keeps_its_row() {
    let mut account = Account::open("a", AccountType::Checking, "100.00 USD");
    let amount = "100".parse().unwrap();
    assert!(account.does(Command::Withdraw { amount, reference: None, counterparty: None }));
    assert!(account.does(Command::Close { reason: text("moving away") }));
    let row = account.summary();
    assert_eq!((row.status, row.balance, row.version), (Status::Closed, money("0.00 USD"), 3));
}

#[test]
fn the_ten_newest_transactions_are_kept_newest_first() {
    let mut account = Account::checking("a");
    for _ in 0..11 {
        account.deposits("1");
    }
    let ids: Vec<String> = account.summary().recent_transaction_ids.into_iter().map(String::from).collect();
    let newest_first: Vec<String> = (3..=12).rev().map(|version| format!("a-t{version}")).collect();
    assert_eq!(ids, newest_first);
}

#[test]
fn counts_of_31_days_are_kept_and_30_of_them_shown() {
    let mut account = Account::checking("a");
    for _ in 0..40 {
        account.later(86_400).deposits("1").deposits("1");
    }
    let row = account.summary();
    assert_eq!(row.daily_counts.len(), 31);
    assert!(row.daily_counts.is_sorted_by_key(|daily| daily.day));
    let now = row.last_updated;
    assert_eq!(row.transaction_count_30days(now), 60);
    assert_eq!(row.transaction_count_30days(now.plus_seconds(86_400)), 58);
    assert_eq!(row.transaction_count_30days(now.plus_seconds(60 * 86_400)), 0);
}

#[test]
fn an_event_follows_only_on_the_one_before_it() {
    let mut account = Account::checking("a");
    account.deposits("1").deposits("2");
    let events = account.events();
    let gap = apply(Some(fold(&events[..1], &account.id)), &events[2], &account.id);
    assert!(matches!(gap, Err(FoldError::Gap { expected: 2, found: 3 })), "{gap:?}");
    let again = apply(Some(account.summary()), &events[2], &account.id);
    assert!(matches!(again, Err(FoldError::Gap { expected: 4, found: 3 })), "{again:?}");
}

#[test]
fn history_that_no_account_has_lived_is_refused() {
    let account = Account::checking("a");
    let Recorded { event, timestamp, .. } = account.events().remove(0);
    let recorded = |id: &str, version, event| Recorded { id: id.to_owned(), version, timestamp, event };
    let twice = apply(Some(account.summary()), &recorded("t", 2, event), &account.id);
    assert!(matches!(twice, Err(FoldError::History { version: 2, .. })), "{twice:?}");
    let unopened = apply(None, &recorded("t", 1, deposit("1.00 USD", "1.00 USD")), &account.id);
    assert!(matches!(unopened, Err(FoldError::History { version: 1, .. })), "{unopened:?}");
    let id =
        apply(Some(account.summary()), &recorded("no id", 2, deposit("1.00 USD", "1.00 USD")), &account.id);
    assert!(matches!(id, Err(FoldError::TransactionId { version: 2, .. })), "{id:?}");
}

#[test]
fn amounts_that_do_not_add_up_are_refused() {
    let account = Account::open("a", AccountType::Checking, "9999999999999999.99 USD");
    let at = Timestamp::from_micros(2_000_000_000_000_000).unwrap();
    for (amount, after) in
        [("1.00 EUR", "1.00 USD"), ("1.00 USD", "1.00 EUR"), ("0.01 USD", "9999999999999999.99 USD")]
    {
        let recorded =
            Recorded { id: "t".to_owned(), version: 2, timestamp: at, event: deposit(amount, after) };
        let refused = apply(Some(account.summary()), &recorded, &account.id);
        assert!(matches!(refused, Err(FoldError::Amount { version: 2 })), "{amount} {after}: {refused:?}");
    }
}

fn deposit(amount: &str, balance_after: &str) -> Event {
    let (amount, balance_after) = (money(amount), money(balance_after));
    Event::MoneyDeposited(MoneyDeposited { amount, balance_after, reference: None, counterparty: None })
}
