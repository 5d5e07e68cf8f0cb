//! Asking again for what is known already.

use reqwest::{Method, StatusCode};
use serde_json::json;

use bank::Bank;

#[tokio::test]
async fn an_account_is_sent_again_only_once_something_has_happened() {
    let bank = Bank::of("customer-12").await;
    let account = bank.open("CHECKING", "100").await;
    let path = format!("/v1/accounts/{account}");
    let known = bank.get(&format!("{path}?min_version=1")).await;
    let etag = known.etag.expect("an answer about one account has its version");

    let ask = async |version: u64| {
        let path = format!("{path}?min_version={version}");
        bank.send(Method::GET, &path, &[("if-none-match", &etag)], None).await
    };
    let same = ask(1).await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED, "{}", same.body);
    assert_eq!((same.etag.as_deref(), same.has_request_id), (Some(etag.as_str()), true));
    assert!(same.body.is_null(), "{}", same.body);

    bank.post(&format!("{path}/deposits"), json!({ "amount": "1" })).await;
    let newer = ask(2).await;
    assert_eq!((newer.status, newer.version()), (StatusCode::OK, 2));
    assert_eq!(newer.etag.as_deref(), Some("\"2\""));
}
