//! One suite over both tables: what holds in memory holds in DynamoDB.

use application::ports::AccountSummary;
use domain::{
    AccountId, UserId,
    account::{AccountType, Status},
};
use read_models::summary::{Consistency, SummaryTable, Written};

use crate::account::Account;

fn row(id: &str) -> AccountSummary {
    Account::open(id, AccountType::Savings, "123456789012.34 USD").summary()
}

async fn read(table: &impl SummaryTable, id: &AccountId) -> Option<AccountSummary> {
    let eventual = table.read(id, Consistency::Eventual).await.unwrap();
    let strong = table.read(id, Consistency::Strong).await.unwrap();
    assert_eq!(eventual, strong, "nothing is being written");
    strong
}

async fn an_absent_row_is_none(table: &impl SummaryTable) {
    assert_eq!(read(table, &"nobody".parse().unwrap()).await, None);
    assert_eq!(table.of_user(&"nobody".parse().unwrap()).await.unwrap(), []);
}

async fn a_row_reads_back_as_it_was_written(table: &impl SummaryTable) {
    let mut account = Account::open("yen", AccountType::Investment, "100000000000000000 JPY");
    for days in [1, 1, 3, 0, 20, 9] {
        account.later(days * 86_400).deposits("7");
    }
    for summary in [row("one"), account.summary()] {
        assert_eq!(table.write(&summary, None).await.unwrap(), Written::Done);
        assert_eq!(read(table, &summary.account_id).await, Some(summary));
    }
}

async fn a_row_is_written_only_over_the_version_that_was_read(table: &impl SummaryTable) {
    let first = row("one");
    let second = AccountSummary { version: 2, status: Status::Frozen, ..first.clone() };
    assert_eq!(table.write(&second, Some(1)).await.unwrap(), Written::Lost, "there is none");
    assert_eq!(table.write(&first, None).await.unwrap(), Written::Done);
    assert_eq!(table.write(&second, None).await.unwrap(), Written::Lost, "there is one");
    assert_eq!(table.write(&second, Some(1)).await.unwrap(), Written::Done);
    assert_eq!(table.write(&first, Some(1)).await.unwrap(), Written::Lost, "it has moved on");
    assert_eq!(read(table, &first.account_id).await, Some(second));
}

async fn the_rows_of_a_user_come_by_account_id(table: &impl SummaryTable) {
    let owner = |user: &str| user.parse::<UserId>().unwrap();
    // More than one request of a batch can ask for.
    let ids: Vec<String> = (0..130).map(|number| format!("account-{number:03}")).collect();
    let rows: Vec<AccountSummary> =
        ids.iter().map(|id| AccountSummary { user_id: owner("rich"), ..row(id) }).collect();
    for summary in rows.iter().rev() {
        table.write(summary, None).await.unwrap();
    }
    table.write(&AccountSummary { user_id: owner("other"), ..row("of-another") }, None).await.unwrap();
    assert_eq!(table.of_user(&owner("rich")).await.unwrap(), rows);
    assert_eq!(table.of_user(&owner("other")).await.unwrap().len(), 1);
}

macro_rules! suite {
    ($open:path: $($test:ident)*) => {
        $(#[tokio::test]
        async fn $test() {
            super::$test(&$open(stringify!($test)).await).await;
        })*
    };
    ($open:path) => {
        suite!($open:
            an_absent_row_is_none
            a_row_reads_back_as_it_was_written
            a_row_is_written_only_over_the_version_that_was_read
            the_rows_of_a_user_come_by_account_id
        );
    };
}

mod memory {
    use read_models::summary::MemorySummaryTable;

    async fn open(_: &str) -> MemorySummaryTable {
        MemorySummaryTable::default()
    }

    suite!(open);
}

mod dynamodb {
    use crate::servers::summary_table;

    suite!(summary_table);
}
