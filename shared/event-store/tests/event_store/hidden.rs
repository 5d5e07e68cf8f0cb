//! Items where no version is: the sort key is a number, and not every number is a version.

use application::{
    StreamId,
    ports::StreamCatalog as _,
    verify::{Reason, verify},
};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    budgets::{Bank, FIRST_ID},
    table,
};

#[tokio::test]
async fn an_item_below_the_first_version_or_between_two_is_found() {
    for version in ["-1", "0.5", "1.5"] {
        let test = format!("hidden{version}");
        let bank = Bank::at_version(&test, 3).await;
        let account = StreamId::account(&FIRST_ID.parse().unwrap());
        let intact = verify(&bank.store, &account, None).await.unwrap().unwrap();
        assert_eq!((intact.commits, bank.store.count(&account).await.unwrap()), (3, 3));
        let forged = table::client().await.put_item().table_name(table::events(&test));
        let forged = forged
            .item("stream", AttributeValue::S(account.to_string()))
            .item("version", AttributeValue::N(version.to_owned()));
        forged.send().await.unwrap();
        let fault = verify(&bank.store, &account, None).await.unwrap().unwrap_err();
        match version {
            // Reading in order meets this one, and it is no commit.
            "0.5" => assert!(matches!(fault.reason, Reason::Unreadable { .. }), "{fault}"),
            _ => assert_eq!(fault.reason, Reason::Hidden { stored: 4, read: 3 }),
        }
    }
}
