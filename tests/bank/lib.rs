//! The bank as a client of its API knows it, on the stack that `PASSBOOK_STACK` describes or `TARGET` names.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has to say where")]

pub mod clock;
pub mod machine;
pub mod outage;
mod target;

use std::{collections::HashMap, sync::OnceLock, time::Duration};

use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long a read model may take to show what was written; OpenSearch alone takes a second.
const CATCH_UP_DEADLINE: Duration = Duration::from_secs(30);

/// How long a connection may rest before it is used no more. The local gateway closes it after 75 seconds, and whoever
/// asks in that moment gets no answer.
const REST_MAX: Duration = Duration::from_secs(30);

#[derive(Clone, Deserialize)]
struct Stack {
    endpoint_url: String,
    region: String,
    api_url: String,
    events_table: String,
    commands_table: String,
    parked_table: String,
    name: String,
    cognito_url: String,
    user_pool_id: String,
    user_pool_client_id: String,
    analytics_bucket: String,
    analytics_compactor_name: String,
    users: Vec<User>,
}

#[derive(Clone, Deserialize)]
struct User {
    name: String,
    password: String,
}

/// One user's view of the bank.
#[derive(Clone)]
pub struct Bank {
    http: Client,
    api_url: String,
    token: Option<String>,
}

/// What the bank answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The account's version, in quotes.
    pub etag: Option<String>,
    /// What the body is.
    pub content_type: String,
    /// Whether the request was given a name.
    pub has_request_id: bool,
    /// Whether an earlier request was answered so.
    pub is_replay: bool,
    /// When to come again.
    pub retry_after: Option<String>,
    /// Where what was made is.
    pub location: Option<String>,
    /// The body; null if it is not JSON.
    pub body: Value,
}

impl Bank {
    /// Signs a user in.
    pub async fn of(user: &str) -> Self {
        Self::with_token(sign_in(user, &user_pool_client_id()).await)
    }

    /// Somebody who has this token, wherever it is from.
    pub fn with_token(token: String) -> Self {
        Self { http: client(), api_url: stack().api_url, token: Some(token) }
    }

    /// Somebody who has not signed in.
    pub fn of_nobody() -> Self {
        Self { http: client(), api_url: stack().api_url, token: None }
    }

    /// What is at a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// What is at a path, which is no JSON.
    pub async fn text(&self, path: &str) -> String {
        let mut request = self.http.get(format!("{}{path}", self.api_url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.expect("the API answers");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    /// A command with a key that was never used.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(&new_key(), path, &body).await
    }

    /// A command with this key.
    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("idempotency-key", key)], Some(body.to_string())).await
    }

    /// Any request.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.expect("the API answers")
    }

    /// Any request, which may be left without an answer.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.api_url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Ok(Answer {
            status: response.status(),
            etag: header("etag"),
            content_type: header("content-type").unwrap_or_default(),
            has_request_id: header("x-request-id").is_some(),
            is_replay: header("idempotency-replayed").is_some(),
            retry_after: header("retry-after"),
            location: header("location"),
            body: response.json().await.unwrap_or_default(),
        })
    }

    /// Opens an account in dollars and returns its id.
    pub async fn open(&self, account_type: &str, initial_deposit: &str) -> String {
        let body = json!({ "account_type": account_type, "initial_deposit": initial_deposit });
        let answer = self.post("/v1/accounts", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.text("account_id")
    }

    /// The account, once the read model shows this version of it.
    pub async fn account_at(&self, account_id: &str, version: u64) -> Value {
        let path = format!("/v1/accounts/{account_id}");
        eventually(&path, async || {
            let answer = self.get(&path).await;
            (answer.body["version"].as_u64() >= Some(version)).then_some(answer.body)
        })
        .await
    }

    /// All transactions of an account, oldest first, once there are so many.
    pub async fn transactions(&self, account_id: &str, count: usize) -> Vec<Value> {
        let first = format!(
            "/v1/accounts/{account_id}/transactions?from=1900-01-01T00:00:00Z&order=asc&page_size=100"
        );
        eventually(&first, async || {
            let (mut transactions, mut path) = (Vec::new(), first.clone());
            loop {
                let page = self.get(&path).await.body;
                transactions.extend(page["transactions"].as_array()?.iter().cloned());
                match page["next_cursor"].as_str() {
                    Some(cursor) => path = format!("{first}&cursor={cursor}"),
                    None => return (transactions.len() >= count).then_some(transactions),
                }
            }
        })
        .await
    }
}

impl Answer {
    /// A text of the body, which has to be there.
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("{field} in {}", self.body)).to_owned()
    }

    /// The version in the body, which has to be there.
    pub fn version(&self) -> u64 {
        self.body["version"].as_u64().unwrap_or_else(|| panic!("a version in {}", self.body))
    }
}

/// What a condition gives once it holds; fails if that takes too long.
pub async fn eventually<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        loop {
            pace.tick().await;
            if let Some(value) = condition().await {
                return value;
            }
        }
    };
    let outcome = tokio::time::timeout(CATCH_UP_DEADLINE, wait).await;
    outcome.unwrap_or_else(|_| panic!("{what} is not there after {CATCH_UP_DEADLINE:?}"))
}

/// An Idempotency-Key, or an id, that was never used.
#[expect(clippy::disallowed_methods, reason = "the keys of two runs on one stack have to differ")]
pub fn new_key() -> String {
    Uuid::now_v7().to_string()
}

/// A setting from the environment.
#[expect(clippy::disallowed_methods, reason = "a test's configuration is where it runs")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Signs a user in through an app client; the access token.
pub async fn sign_in(user: &str, client_id: &str) -> String {
    let User { name, password } = known_user(user).await;
    sign_in_with(&name, &password, client_id).await
}

/// Signs a user in by a password; the access token.
pub async fn sign_in_with(name: &str, password: &str, client_id: &str) -> String {
    let request = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": client_id,
        "AuthParameters": { "USERNAME": name, "PASSWORD": password },
    });
    let answer = cognito("InitiateAuth", &request).await;
    answer["AuthenticationResult"]["AccessToken"].as_str().expect("a token").to_owned()
}

async fn known_user(name: &str) -> User {
    static MADE: Mutex<Option<HashMap<String, User>>> = Mutex::const_new(None);
    let stack = stack();
    if setting("TARGET").is_none() {
        return stack.users.into_iter().find(|known| known.name == name).expect("a user of the stack");
    }
    let mut made = MADE.lock().await;
    let made = made.get_or_insert_default();
    made.entry(name.to_owned()).or_insert_with(|| target::user(&stack.user_pool_id, name)).clone()
}

fn client() -> Client {
    Client::builder().pool_idle_timeout(REST_MAX).build().expect("a client")
}

/// Asks the stack's Cognito.
pub async fn cognito(action: &str, request: &Value) -> Value {
    let request = Client::new()
        .post(stack().cognito_url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{action}"))
        .body(request.to_string());
    request.send().await.unwrap().json().await.unwrap()
}

/// The app client whose tokens the API takes.
pub fn user_pool_client_id() -> String {
    stack().user_pool_client_id
}

/// Who may sign in.
pub fn user_pool_id() -> String {
    stack().user_pool_id
}

/// Where the stack's own AWS is.
pub fn endpoint_url() -> String {
    stack().endpoint_url
}

/// The tables of the stack's command side.
pub struct Tables {
    /// The stack's own AWS.
    pub endpoint_url: String,
    /// Its region.
    pub region: String,
    /// The table of the events.
    pub events: String,
    /// The table of the commands' records.
    pub commands: String,
    /// The table of what is parked.
    pub parked: String,
    /// What the stack is called.
    pub name: String,
}

/// The tables of the stack's command side.
pub fn tables() -> Tables {
    let Stack { endpoint_url, region, name, events_table, commands_table, parked_table, .. } = stack();
    Tables {
        endpoint_url,
        region,
        name,
        events: events_table,
        commands: commands_table,
        parked: parked_table,
    }
}

/// Where the analytics of the stack are.
pub struct Analytics {
    /// The stack's own AWS.
    pub endpoint_url: String,
    /// The bucket of the files.
    pub bucket: String,
    /// The function that compacts them.
    pub compactor_name: String,
}

/// The analytics of the stack.
pub fn analytics() -> Analytics {
    let Stack { endpoint_url, analytics_bucket, analytics_compactor_name, .. } = stack();
    Analytics { endpoint_url, bucket: analytics_bucket, compactor_name: analytics_compactor_name }
}

fn stack() -> Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    let read = || match setting("TARGET") {
        Some(name) => target::stack(&name),
        None => described(),
    };
    STACK.get_or_init(read).clone()
}

fn described() -> Stack {
    let file = setting("PASSBOOK_STACK")
        .expect("TARGET names a stack, or PASSBOOK_STACK a stack.json: `cargo xtask test` sets it");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap()
}
