//! The two ways in which commands come to the bank: through the stack's gateway, or past it.
//!
//! Past it they meet the same router that `command-api` runs, over the same tables. So the read models get as many
//! commits as are wanted, not as many as the gateway lets in, and everything after the commit is the deployed stack.

use std::sync::Arc;

use application::commands::Commands;
use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use event_store::DynamoDbCommandStore;
use http_api::command_routes;
use lambda_kit::SystemEnvironment;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use bank::{Tables, new_key, tables};

use crate::load::Account;

/// An answer to a command is a few hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How commands come in.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    ThroughTheGateway,
    PastTheGateway,
}

/// Where commands are sent to.
pub(crate) enum Entrance {
    Gateway,
    Router(Router),
}

impl Way {
    /// As the report calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ThroughTheGateway => "through the gateway",
            Self::PastTheGateway => "past the gateway",
        }
    }

    pub(crate) async fn entrance(self) -> Entrance {
        match self {
            Self::ThroughTheGateway => Entrance::Gateway,
            Self::PastTheGateway => Entrance::Router(router().await),
        }
    }
}

impl Entrance {
    /// Sends one deposit, and returns what it is answered.
    pub(crate) async fn deposit(&self, account: &Account) -> (StatusCode, Value) {
        let path = format!("/v1/accounts/{}/deposits", account.id);
        let body = json!({ "amount": "0.01" });
        match self {
            Self::Gateway => {
                let answer = account.bank.post(&path, body).await;
                (answer.status, answer.body)
            }
            Self::Router(router) => {
                let request = Request::post(path)
                    .header("content-type", "application/json")
                    .header("idempotency-key", new_key())
                    .extension(account.owner.clone())
                    .body(Body::from(body.to_string()))
                    .unwrap();
                // A task of its own: deciding must not hold up whoever sends the next ones when they are due.
                let answer = tokio::spawn(router.clone().oneshot(request)).await.unwrap().unwrap();
                let status = answer.status();
                let body = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.unwrap();
                (status, serde_json::from_slice(&body).unwrap_or_default())
            }
        }
    }
}

/// The router of `command-api`, over the tables of the stack.
async fn router() -> Router {
    let Tables { endpoint_url, region, events, commands, .. } = tables();
    // As the command line does: a local stack takes any credentials.
    let any = Credentials::new("test", "test", None, None, "local stack");
    let config = aws_config::from_env()
        .region(Region::new(region))
        .endpoint_url(endpoint_url)
        .credentials_provider(any)
        .load()
        .await;
    let store = DynamoDbCommandStore::new(Client::new(&config), events, commands);
    http_api::router(command_routes(Arc::new(Commands::new(store, SystemEnvironment))))
}
