//! Many at once, through the API.

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use bank::Bank;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_accounts_opened_at_once_by_one_user_exactly_five_open() {
    let bank = Bank::of("customer-05").await;
    let open = || bank.post("/v1/accounts", json!({ "account_type": "CHECKING", "initial_deposit": "100" }));
    let answers = join_all((0..20).map(|_| open())).await;
    let opened = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(opened, 5);
    for refused in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        let code = refused.text("code");
        assert!(code == "account_limit_reached" || code == "concurrent_modification", "{}", refused.body);
    }
    assert_eq!(open().await.text("code"), "account_limit_reached");
}
