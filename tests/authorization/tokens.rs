//! Tokens that the API must not take.

use std::time::Duration;

use serde_json::{Value, json};

use bank::{Bank, clock::pause, cognito, sign_in, user_pool_client_id, user_pool_id};

const FLOWS: [&str; 3] = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];

/// Everybody who is not let in, though some of them have a token of an admin.
pub(crate) async fn strangers() -> Vec<(&'static str, Bank)> {
    vec![
        ("no token", Bank::of_nobody()),
        ("no token at all", Bank::with_token("nonsense".to_owned())),
        ("an expired token", Bank::with_token(expired("admin").await)),
        ("a token for another app", Bank::with_token(for_another_app("admin").await)),
        ("a token with other claims", Bank::with_token(with_other_claims("alice").await)),
    ]
}

/// The local stack's Cognito lets tokens be good for a second; AWS, for five minutes at least.
async fn expired(user: &str) -> String {
    set_validity(json!({ "AccessTokenValidity": 1, "TokenValidityUnits": { "AccessToken": "seconds" } }))
        .await;
    let token = sign_in(user, &user_pool_client_id()).await;
    set_validity(json!({ "AccessTokenValidity": 1, "TokenValidityUnits": { "AccessToken": "hours" } })).await;
    pause(Duration::from_secs(2)).await;
    token
}

async fn set_validity(validity: Value) {
    let mut client = json!({
        "UserPoolId": user_pool_id(),
        "ClientId": user_pool_client_id(),
        "ExplicitAuthFlows": FLOWS,
    });
    client.as_object_mut().unwrap().extend(validity.as_object().unwrap().clone());
    let answer = cognito("UpdateUserPoolClient", &client).await;
    assert!(answer["UserPoolClient"].is_object(), "{answer}");
}

async fn for_another_app(user: &str) -> String {
    let client =
        json!({ "UserPoolId": user_pool_id(), "ClientName": "another-app", "ExplicitAuthFlows": FLOWS });
    let answer = cognito("CreateUserPoolClient", &client).await;
    sign_in(user, answer["UserPoolClient"]["ClientId"].as_str().unwrap()).await
}

/// Somebody's token whose claims name another user: signed by nobody.
async fn with_other_claims(user: &str) -> String {
    let (mine, other) =
        (sign_in(user, &user_pool_client_id()).await, sign_in("admin", &user_pool_client_id()).await);
    let (mine, other): (Vec<&str>, Vec<&str>) = (mine.split('.').collect(), other.split('.').collect());
    [mine[0], other[1], mine[2]].join(".")
}
